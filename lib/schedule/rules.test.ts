import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { hourText } from "@/lib/kernel/zoned-time";
import { slotAt, slotBegin, slotIndexOf, slotMs, slotsOf, slotsOfDay, weekOf, weekTurnText } from "./rules";
import { awayFromTurnMs, zoneAwayFromTurn } from "./testing";

const hourMs = 3_600_000;
const hours = (week: { start: Date; end: Date }) => (week.end.getTime() - week.start.getTime()) / hourMs;
const zones = ["America/New_York", "Europe/Berlin", "Asia/Tokyo", "Australia/Sydney", "Asia/Kolkata", "UTC"];
const instants = fc.date({
  min: new Date("2000-01-01T00:00:00Z"),
  max: new Date("2090-01-01T00:00:00Z"),
  noInvalidDate: true,
});

/** Calendar fields by Intl, which shares no code with the rule. */
function fields(at: Date, zone: string): string {
  return new Intl.DateTimeFormat("en-GB", {
    timeZone: zone,
    weekday: "short",
    hour: "2-digit",
    minute: "2-digit",
    hourCycle: "h23",
  }).format(at);
}

test("an instant falls into the slot that begins at most an hour before it, in every zone", () => {
  fc.assert(
    fc.property(instants, fc.constantFrom(...zones), (at, zone) => {
      const begin = slotBegin(at, zone);
      expect(slotIndexOf(weekOf(at, zone), begin)).not.toBeNull();
      expect(at.getTime() - begin.getTime()).toBeGreaterThanOrEqual(0);
      expect(at.getTime() - begin.getTime()).toBeLessThan(slotMs);
    }),
  );
});

describe("weekOf", () => {
  test("a week holds its instant and runs from Saturday 00:00 to Saturday 00:00 of the zone", () => {
    fc.assert(
      fc.property(instants, fc.constantFrom(...zones), (at, zone) => {
        const week = weekOf(at, zone);
        expect(week.start <= at && at < week.end).toBe(true);
        expect(fields(week.start, zone)).toMatch(/^Sat,? 00:00$/);
        expect(fields(week.end, zone)).toMatch(/^Sat,? 00:00$/);
        expect([167, 168, 169]).toContain(hours(week));
      }),
    );
  });

  test("weeks follow each other without a gap: the end of one is the start of the next", () => {
    fc.assert(
      fc.property(instants, fc.constantFrom(...zones), (at, zone) => {
        const week = weekOf(at, zone);
        const next = weekOf(week.end, zone);
        expect(next.start).toEqual(week.end);
        expect(weekOf(new Date(week.end.getTime() - 1), zone)).toEqual(week);
        expect(next.key > week.key).toBe(true);
      }),
    );
  });

  test.each([
    ["America/New_York", "2026-03-08T12:00:00Z", "2026-03-07", 167],
    ["America/New_York", "2026-11-01T12:00:00Z", "2026-10-31", 169],
    ["Europe/Berlin", "2026-03-29T12:00:00Z", "2026-03-28", 167],
    ["Europe/Berlin", "2026-10-25T12:00:00Z", "2026-10-24", 169],
    // South of the equator the shifts are the other way round.
    ["Australia/Sydney", "2026-10-04T12:00:00Z", "2026-10-03", 167],
    ["Australia/Sydney", "2026-04-05T12:00:00Z", "2026-04-04", 169],
    ["Asia/Tokyo", "2026-03-08T12:00:00Z", "2026-03-07", 168],
    // The year's end is a week like any other.
    ["America/New_York", "2027-01-01T12:00:00Z", "2026-12-26", 168],
  ] as const)("%s at %s: the week of %s has %i hours", (zone, at, key, length) => {
    const week = weekOf(new Date(at), zone);
    expect(week.key).toBe(key);
    expect(hours(week)).toBe(length);
  });

  test("either side of midnight in the zone, not in UTC", () => {
    const before = weekOf(new Date("2026-11-28T04:59:59.999Z"), "America/New_York");
    const after = weekOf(new Date("2026-11-28T05:00:00Z"), "America/New_York");
    expect([before.key, after.key]).toEqual(["2026-11-21", "2026-11-28"]);
    expect(weekTurnText(before, "America/New_York")).toBe("Saturday 28 Nov, 00:00 America/New_York");
  });
});

test("the zone that tests count in has its turn half a day away, whenever they run", () => {
  fc.assert(
    fc.property(instants, (at) => {
      expect(awayFromTurnMs(at, zoneAwayFromTurn(at))).toBeGreaterThan(12 * hourMs);
    }),
  );
});

describe("slots", () => {
  test("a week's slots are whole hours from its start to its end, each found again by its instant", () => {
    fc.assert(
      fc.property(instants, fc.constantFrom(...zones), (at, zone) => {
        const week = weekOf(at, zone);
        const slots = slotsOf(week);
        expect(slots[0]).toEqual(week.start);
        expect(slots.at(-1)?.getTime()).toBe(week.end.getTime() - slotMs);
        slots.forEach((slot, index) => {
          expect(slot).toEqual(slotAt(week, index));
          expect(slotIndexOf(week, slot)).toBe(index);
        });
      }),
      { numRuns: 30 },
    );
  });

  test("every instant is in exactly one slot of exactly one week", () => {
    fc.assert(
      fc.property(instants, fc.constantFrom(...zones), (at, zone) => {
        const week = weekOf(at, zone);
        const holding = slotsOf(week).filter((slot) => slot <= at && at.getTime() < slot.getTime() + slotMs);
        expect(holding).toHaveLength(1);
      }),
      { numRuns: 50 },
    );
  });

  test("what is no slot of the week is none: half hours, its end, the hour before", () => {
    const week = weekOf(new Date("2026-12-06T00:00:00Z"), "America/New_York");
    expect(slotIndexOf(week, new Date("2026-12-05T05:00:00Z"))).toBe(0);
    expect(slotIndexOf(week, new Date("2026-12-05T05:30:00Z"))).toBeNull();
    expect(slotIndexOf(week, new Date("2026-12-05T05:00:00.001Z"))).toBeNull();
    expect(slotIndexOf(week, week.end)).toBeNull();
    expect(slotIndexOf(week, new Date(week.start.getTime() - slotMs))).toBeNull();
  });

  test("a zone half an hour off UTC has its slots at half past", () => {
    const week = weekOf(new Date("2026-12-06T00:00:00Z"), "Asia/Kolkata");
    expect(week.start.toISOString()).toBe("2026-12-04T18:30:00.000Z");
    expect(slotIndexOf(week, new Date("2026-12-04T19:30:00Z"))).toBe(1);
    expect(slotIndexOf(week, new Date("2026-12-04T19:00:00Z"))).toBeNull();
  });

  test("of the hour that autumn has twice both are slots, and their names differ", () => {
    const zone = "America/New_York";
    const week = weekOf(new Date("2026-11-01T12:00:00Z"), zone);
    const names = slotsOf(week).map((slot) => hourText(slot, zone));
    expect(new Set(names).size).toBe(169);
    expect(names.filter((name) => name.startsWith("Sun 1 Nov 01:00"))).toEqual([
      "Sun 1 Nov 01:00 EDT",
      "Sun 1 Nov 01:00 EST",
    ]);
  });

  test.each([
    ["America/New_York", "2026-03-08", 23],
    ["America/New_York", "2026-11-01", 25],
    ["Asia/Kolkata", "2026-03-08", 24],
    ["Europe/Berlin", "2027-01-01", 24],
  ] as const)("%s: %s has %i slots", (zone, day, count) => {
    const week = weekOf(new Date(`${day}T12:00:00Z`), zone);
    const slots = slotsOfDay(week, day, zone);
    expect(slots).toHaveLength(count);
    expect(fields(slots[0] ?? week.end, zone)).toMatch(/00:00$/);
    expect(slotsOfDay(week, "1999-01-01", zone)).toEqual([]);
  });

  test("the days of a week have all its slots", () => {
    fc.assert(
      fc.property(instants, fc.constantFrom(...zones), (at, zone) => {
        const week = weekOf(at, zone);
        const days = new Set(slotsOf(week).map((slot) => hourText(slot, zone).slice(0, 3)));
        expect(days.size).toBe(7);
      }),
      { numRuns: 20 },
    );
  });
});
