import { describe, expect, it } from "vitest";
import { instantOf, localText, startOfDay } from "./day";

describe("startOfDay", () => {
  it.each([
    ["2026-11-25", "America/New_York", 0, "2026-11-25T05:00:00.000Z"],
    ["2026-11-25", "America/New_York", 1, "2026-11-26T05:00:00.000Z"],
    ["2026-07-01", "Europe/Berlin", 0, "2026-06-30T22:00:00.000Z"],
    // The days on which clocks change, and those after.
    ["2026-11-01", "America/New_York", 0, "2026-11-01T04:00:00.000Z"],
    ["2026-11-01", "America/New_York", 1, "2026-11-02T05:00:00.000Z"],
    ["2026-03-29", "Europe/Berlin", 0, "2026-03-28T23:00:00.000Z"],
    ["2026-03-29", "Europe/Berlin", 1, "2026-03-29T22:00:00.000Z"],
    ["2026-11-25", "Asia/Kolkata", 0, "2026-11-24T18:30:00.000Z"],
  ] as const)("%s in %s, %i days on", (day, zone, days, instant) => {
    expect(startOfDay(day, zone, days)?.toISOString()).toBe(instant);
  });

  it.each(["", "2026-1-1", "yesterday", "2026-13-01"])("%j is no day", (day) => {
    expect(startOfDay(day, "UTC")).toBeNull();
  });

  it.each(["0002-11-25", "0020-11-25", "0202-11-25", "1969-12-31", "9999-12-31"])(
    "%s is in no year that the lab has seen or will see",
    (day) => expect(startOfDay(day, "America/New_York", 1)).toBeNull(),
  );

  it("takes the first and the last of its years, in every zone", () => {
    expect(startOfDay("1970-01-01", "Asia/Kolkata")?.toISOString()).toBe("1969-12-31T18:30:00.000Z");
    expect(startOfDay("9998-12-31", "America/New_York", 1)?.toISOString()).toBe("9999-01-01T05:00:00.000Z");
  });
});

describe("instantOf", () => {
  it.each([
    ["2026-11-25T14:05", "America/New_York", "2026-11-25T19:05:00.000Z"],
    ["2026-07-01T00:30", "Europe/Berlin", "2026-06-30T22:30:00.000Z"],
    ["2026-11-25T23:59", "Asia/Kolkata", "2026-11-25T18:29:00.000Z"],
  ] as const)("%s in %s, and back", (local, zone, instant) => {
    expect(instantOf(local, zone)?.toISOString()).toBe(instant);
    expect(localText(new Date(instant), zone)).toBe(local);
  });

  it.each(["", "2026-11-25", "2026-11-25T25:00", "2026-13-25T10:00", "0026-11-25T10:00"])(
    "%j is no instant",
    (local) => expect(instantOf(local, "UTC")).toBeNull(),
  );
});
