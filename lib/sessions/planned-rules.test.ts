import { describe, expect, it } from "vitest";
import { AppError, conflictKinds } from "@/lib/kernel/errors";
import { isLate, longestRetryMs, mayPass, retryAfterMs } from "./planned-rules";

const conflict = (kind: (typeof conflictKinds)[number]) =>
  new AppError("conflict", "No.", { conflict: kind });

describe("what refused a planned start", () => {
  it("may pass where something is in use, and for want of anything else never", () => {
    const passing = conflictKinds.filter((kind) => mayPass(conflict(kind), false));
    expect(passing).toEqual(["no_gpu", "in_use", "changed_meanwhile"]);
    expect(mayPass(new AppError("unavailable", "Later."), false)).toBe(true);
    for (const code of ["forbidden", "not_found", "invalid", "conflict"] as const) {
      expect(mayPass(new AppError(code, "No."), true)).toBe(false);
    }
  });

  it("may be the owner's own session that is on its way out", () => {
    expect(mayPass(conflict("limit_reached"), true)).toBe(true);
    expect(mayPass(conflict("no_ssh_key"), true)).toBe(false);
  });
});

it("is tried soon at first, and at leisure once its owner was told", () => {
  for (const sinceMs of [0, 60_000, 119_999]) {
    expect([isLate(sinceMs), retryAfterMs(sinceMs)]).toEqual([false, 2_000]);
  }
  for (const sinceMs of [120_000, 3_600_000]) {
    expect([isLate(sinceMs), retryAfterMs(sinceMs)]).toEqual([true, longestRetryMs]);
  }
});
