import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { GpuState } from "@/lib/fleet/model";
import { micros } from "@/lib/kernel/money";
import type { Away } from "./away-rules";
import { type CancelReason, cancelReasons, type ReservationState } from "./reservation-model";
import {
  bookableUntil,
  bookingFault,
  cancellationOf,
  costOf,
  daysFrom,
  firstToCome,
  freeUntil,
  holdKey,
  hoursBetween,
  hoursOfDay,
  isOpen,
  nextStep,
  payableUntil,
  type ReservationFacts,
  runsOf,
} from "./reservation-rules";
import { slotBegin } from "./rules";

const utc = "UTC";
const hourMs = 3_600_000;
const at = (hour: number, minute = 0) => new Date(Date.UTC(2026, 11, 1, hour, minute));
const limits = { reservationAheadDays: 14, reservationMaxHours: 24 };
const there = { state: "available", away: null } as const;
const away = (hour: number, minute = 0) => ({ why: "host_silent", since: at(hour, minute) }) as const;
const facts = (state: ReservationState, paidUntil: number, from = 10, to = 14): ReservationFacts => ({
  state,
  startsAt: at(from),
  endsAt: at(to),
  paidUntil: at(paidUntil),
});

describe("hours", () => {
  test("begin where the zone's do: on the half hour in India", () => {
    expect(slotBegin(at(10, 59), utc)).toEqual(at(10));
    expect(slotBegin(at(10), utc)).toEqual(at(10));
    expect(slotBegin(at(10, 10), "Asia/Kolkata")).toEqual(at(9, 30));
  });

  test("of a day are 24, and 23 or 25 where clocks change", () => {
    const count = (day: string) => hoursOfDay(day, "America/New_York").length;
    expect([count("2026-12-01"), count("2026-03-08"), count("2026-11-01")]).toEqual([24, 23, 25]);
    expect(hoursOfDay("2026-12-01", "America/New_York")[0]).toEqual(at(5));
  });

  test("of days in a row follow each other without a gap, across both changes and the year's end", () => {
    for (const from of ["2026-03-05", "2026-10-29", "2026-12-29"]) {
      const days = daysFrom(from, 7, at(0), "America/New_York");
      const hours = days.flatMap((day) => hoursOfDay(day, "America/New_York"));
      expect(runsOf(hours)).toHaveLength(1);
      expect(hours.every((hour) => slotBegin(hour, "America/New_York").getTime() === hour.getTime())).toBe(
        true,
      );
    }
    expect(daysFrom(null, 2, at(3), "America/New_York")).toEqual(["2026-11-30", "2026-12-01"]);
  });

  test("side by side are one run", () => {
    const runs = runsOf([at(1), at(2), at(4), at(6), at(7)]);
    expect(runs).toEqual([
      { startsAt: at(1), endsAt: at(3) },
      { startsAt: at(4), endsAt: at(5) },
      { startsAt: at(6), endsAt: at(8) },
    ]);
    expect(runsOf([])).toEqual([]);
  });

  test("cost what each costs, to the millionth", () => {
    expect(costOf(micros(333_333n), at(10), at(13))).toBe(999_999n);
    expect(costOf(micros(5n), at(10), at(10))).toBe(0n);
  });

  test("are named in the ledger by reservation and hour", () => {
    expect(holdKey("rsv_aaaaaaaaaaaaaaaa", at(5))).toBe(
      "reservation:rsv_aaaaaaaaaaaaaaaa:2026-12-01T05:00:00Z",
    );
  });
});

describe("what can be booked", () => {
  const fault = (startsAt: Date, endsAt: Date, now = at(9, 30)) =>
    bookingFault({ startsAt, endsAt }, limits, now, utc)?.text ?? null;

  test("is whole hours, the one that runs too, up to a length and so many days ahead", () => {
    expect(fault(at(9), at(10))).toBeNull();
    expect(fault(at(10), at(34))).toBeNull();
    expect(fault(at(10), at(35))).toBe("A reservation has 24 hours at most.");
    expect(fault(at(10, 30), at(12))).toBe("No hour of GPU time begins then.");
    expect(fault(at(10), at(11, 30))).toBe("No hour of GPU time ends then.");
    expect(fault(at(10), at(10))).toBe("It ends after it starts.");
    expect(fault(at(8), at(11))).toBe("The hour that begins then is over.");
    expect(
      bookingFault({ startsAt: at(8), from: at(10), endsAt: at(11) }, limits, at(9, 30), utc),
    ).toBeNull();
    expect(bookableUntil(at(9), utc, 14)).toEqual(new Date(Date.UTC(2026, 11, 16)));
    expect(fault(at(15 * 24 - 2), at(15 * 24))).toBeNull();
    expect(fault(at(15 * 24 - 1), at(15 * 24 + 1))).toBe("Hours can be booked 14 days ahead.");
  });
});

describe("cancelling", () => {
  const cancelled = (
    reservation: ReservationFacts,
    why: CancelReason,
    now: Date,
    gpu: GpuState = "available",
    away: Away | null = null,
  ) => {
    const planned = cancellationOf(reservation, why, { state: gpu, away }, now);
    return planned && [planned.paidUntil.getUTCHours(), planned.freedFrom.getUTCHours()];
  };

  test("is free for its owner until an hour before; then the next hour is due", () => {
    const booked = facts("pending", 10);
    expect(freeUntil(booked)).toEqual(at(9));
    expect(cancelled(booked, "by_owner", at(9))).toEqual([10, 10]);
    expect(cancelled(booked, "by_owner", new Date(at(9).getTime() + 1))).toEqual([11, 10]);
    // The hour that runs is paid and stays, the next one is due and free, the rest comes back.
    expect(cancelled(facts("active", 11), "by_owner", at(10, 30))).toEqual([12, 11]);
    expect(cancelled(facts("active", 13), "by_owner", at(12, 59))).toEqual([14, 13]);
    expect(cancelled(facts("active", 14), "by_owner", at(13))).toBeNull();
  });

  test("late is free where the next hour would not be had: on a disabled GPU, and before the first on a draining one", () => {
    const late = (state: "pending" | "active", gpu: GpuState) =>
      cancelled(
        facts(state, state === "pending" ? 10 : 11),
        "by_owner",
        at(state === "pending" ? 9 : 10, 30),
        gpu,
      );
    expect([late("pending", "disabled"), late("pending", "draining")]).toEqual([
      [10, 10],
      [10, 10],
    ]);
    expect([late("active", "disabled"), late("active", "draining")]).toEqual([
      [11, 11],
      [12, 11],
    ]);
  });

  test("charges no hour that began on a GPU that was away, and none to come while it still is", () => {
    const gone = (state: "pending" | "active", paidUntil: number, now: Date, since: Away) =>
      cancelled(facts(state, paidUntil), "by_owner", now, "available", since);
    expect(gone("pending", 10, at(9, 30), away(9, 29))).toEqual([10, 10]);
    expect(gone("pending", 10, at(10, 5), away(10))).toEqual([10, 10]);
    expect(gone("active", 11, at(10, 30), away(10, 20))).toEqual([11, 11]);
    // The last one, too, and so the only one.
    expect(gone("active", 13, at(13, 5), away(13))).toEqual([13, 13]);
    expect(cancelled(facts("pending", 10, 10, 11), "by_owner", at(10, 5), "available", away(10))).toEqual([
      10, 10,
    ]);
    expect(
      cancelled(facts("pending", 10, 10, 11), "by_owner", at(10, 5), "available", away(10, 1)),
    ).toBeNull();
    // Seen late: what began before it was gone was had.
    expect(gone("pending", 10, at(12, 30), away(10, 1))).toEqual([11, 11]);
    expect(cancelled(facts("active", 11), "by_admin", at(12, 30), "available", away(12))).toEqual([12, 12]);
  });

  test("after the clock was set back frees no hour that is paid", () => {
    expect(cancelled(facts("active", 12), "by_admin", at(9))).toEqual([12, 12]);
    expect(cancelled(facts("active", 14), "by_owner", at(9))).toBeNull();
  });

  test("pays hours that have begun though no worker has seen it", () => {
    expect(cancelled(facts("pending", 10), "by_owner", at(12, 30))).toEqual([14, 13]);
    expect(cancelled(facts("pending", 10), "by_admin", at(12, 30))).toEqual([13, 13]);
  });

  test("by an administrator, or of a disabled account, takes nothing for hours to come", () => {
    for (const why of ["by_admin", "account_disabled"] as const) {
      expect(cancelled(facts("pending", 10), why, at(9, 59))).toEqual([10, 10]);
      expect(cancelled(facts("active", 11), why, at(10, 30))).toEqual([11, 11]);
    }
  });

  test("of what the lab can't keep gives the hour back that has begun, too", () => {
    for (const why of ["no_funds", "gpu_out_of_service"] as const) {
      expect(cancelled(facts("pending", 10), why, at(10, 1))).toEqual([10, 10]);
      expect(cancelled(facts("active", 12), why, at(12, 1))).toEqual([12, 12]);
    }
  });

  test("of what is over is nothing", () => {
    for (const state of ["completed", "cancelled"] as const)
      expect(cancelled(facts(state, 14), "by_owner", at(9))).toBeNull();
  });

  test("pays as far as money is held", () => {
    expect(payableUntil(at(10), at(12), () => true)).toEqual(at(12));
    expect(payableUntil(at(10), at(12), (hour) => hour < at(11))).toEqual(at(11));
    expect(payableUntil(at(10), at(12), () => false)).toEqual(at(10));
    expect(payableUntil(at(10), at(10), () => false)).toEqual(at(10));
  });

  test("never pays more than was booked, nor takes back what is paid, nor frees an hour that has begun", () => {
    const scene = fc.record({
      length: fc.integer({ min: 1, max: 24 }),
      paid: fc.nat({ max: 24 }),
      minutes: fc.integer({ min: -180, max: 1_500 }),
      why: fc.constantFrom(...cancelReasons),
    });
    fc.assert(
      fc.property(scene, ({ length, paid, minutes, why }) => {
        const begun = Math.min(length, Math.max(0, Math.floor(minutes / 60) + 1));
        // Ahead of the hours that have begun where the clock was set back since.
        const hours = Math.min(paid, length);
        const booked = facts(hours === 0 ? "pending" : "active", 10 + hours, 10, 10 + length);
        const now = at(10, minutes);
        const planned = cancellationOf(booked, why, there, now);
        if (planned === null) return hours === length || begun === length;
        const { paidUntil, freedFrom } = planned;
        const late = why === "by_owner" && minutes > -60;
        return (
          paidUntil >= booked.paidUntil &&
          paidUntil <= booked.endsAt &&
          freedFrom < booked.endsAt &&
          (why === "no_funds" || why === "gpu_out_of_service"
            ? freedFrom.getTime() === booked.paidUntil.getTime()
            : freedFrom > now &&
              freedFrom >= booked.paidUntil &&
              freedFrom.getTime() === at(10 + Math.max(begun, hours)).getTime()) &&
          paidUntil.getTime() - freedFrom.getTime() === (late ? hourMs : 0)
        );
      }),
    );
  });
});

describe("what the lab does next", () => {
  const well = { disabled: false, gpu: there };

  test("is paid hour by hour as they begin, until all are, and completed at the end", () => {
    expect(nextStep(facts("pending", 10), well, at(9, 59))).toBeNull();
    expect(nextStep(facts("pending", 10), well, at(10))).toEqual({ do: "pay" });
    expect(nextStep(facts("active", 11), well, at(10, 59))).toBeNull();
    expect(nextStep(facts("active", 11), well, at(11))).toEqual({ do: "pay" });
    expect(nextStep(facts("active", 14), well, at(13, 59))).toBeNull();
    expect(nextStep(facts("active", 14), well, at(14))).toEqual({ do: "complete" });
    expect(nextStep(facts("completed", 14), well, at(20))).toBeNull();
  });

  test("of a disabled account pays what has begun, and cancels the rest", () => {
    const disabled = { ...well, disabled: true };
    expect(nextStep(facts("active", 11), disabled, at(12, 30))).toEqual({ do: "pay" });
    expect(nextStep(facts("active", 13), disabled, at(12, 30))).toEqual({
      do: "cancel",
      why: "account_disabled",
    });
    expect(nextStep(facts("active", 14), disabled, at(13, 30))).toBeNull();
    // The hour that is awaited goes with those to come, at once.
    const awaited = { ...disabled, gpu: { ...there, away: away(9, 50) } };
    expect(nextStep(facts("active", 13), awaited, at(13, 5))).toEqual({
      do: "cancel",
      why: "account_disabled",
    });
    expect(cancellationOf(facts("active", 13), "account_disabled", awaited.gpu, at(13, 5))).toEqual({
      paidUntil: at(13),
      freedFrom: at(13),
    });
  });

  test("of a GPU out of service begins nothing; on one that is drained goes on", () => {
    const cancel = { do: "cancel", why: "gpu_out_of_service" };
    expect(nextStep(facts("pending", 10), { ...well, gpu: { ...there, state: "draining" } }, at(10))).toEqual(
      cancel,
    );
    expect(nextStep(facts("active", 11), { ...well, gpu: { ...there, state: "draining" } }, at(11))).toEqual({
      do: "pay",
    });
    expect(nextStep(facts("active", 11), { ...well, gpu: { ...there, state: "disabled" } }, at(11))).toEqual(
      cancel,
    );
    expect(
      nextStep(facts("pending", 10), { ...well, gpu: { ...there, state: "disabled" } }, at(9)),
    ).toBeNull();
  });

  test("waits ten minutes for a GPU that is away, and gives back each hour that it missed", () => {
    const step = (paidUntil: number, since: Away | null, now: Date) =>
      nextStep(
        facts(paidUntil === 10 ? "pending" : "active", paidUntil),
        { ...well, gpu: { ...there, away: since } },
        now,
      );
    const back = { do: "give_back", why: "host_silent" };
    expect(step(10, away(9, 50), at(9, 59))).toBeNull();
    expect(step(10, away(9, 50), at(10, 9))).toBeNull();
    expect(step(10, null, at(10, 9))).toEqual({ do: "pay" });
    expect(step(10, away(9, 50), at(10, 10))).toEqual(back);
    // The next one is waited for anew, and one that began before the GPU was gone is paid.
    expect(step(11, away(9, 50), at(11, 5))).toBeNull();
    expect(step(10, away(10, 1), at(12, 30))).toEqual({ do: "pay" });
    expect(step(11, away(10, 1), at(12, 30))).toEqual(back);
    const disabled = { state: "disabled", away: away(9) } as const;
    expect(nextStep(facts("active", 11), { ...well, gpu: disabled }, at(11))).toMatchObject({ do: "cancel" });
  });

  test("comes to the same however late it is seen", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 24 }),
        fc.array(fc.nat({ max: 2_000 }), { maxLength: 8 }),
        (length, seen) => {
          let booked = facts("pending", 10, 10, 10 + length);
          const steps: string[] = [];
          for (const minutes of [...seen.sort((a, b) => a - b), 30 * 60]) {
            const now = at(10, minutes);
            for (let step = nextStep(booked, well, now); step; step = nextStep(booked, well, now)) {
              steps.push(step.do);
              booked =
                step.do === "complete"
                  ? { ...booked, state: "completed" }
                  : { ...booked, state: "active", paidUntil: new Date(booked.paidUntil.getTime() + hourMs) };
            }
            if (isOpen(booked)) expect(booked.paidUntil).toEqual(firstToCome(booked, now));
          }
          expect(steps).toEqual([
            ...hoursBetween(booked.startsAt, booked.endsAt).map(() => "pay"),
            "complete",
          ]);
        },
      ),
    );
  });
});
