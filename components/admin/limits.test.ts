import { expect, it } from "vitest";
import type { UserView } from "@/lib/auth/model";
import { limitFieldNames, limitWords } from "./limits";

const user: UserView = {
  id: "usr_aaaaaaaaaaaaaaaa",
  username: "ana",
  email: "ana@example.org",
  role: "user",
  canUseInternal: false,
  disabled: false,
  maxSessions: 2,
  maxGpuHoursPerWeek: 12.5,
  maxDiskGb: null,
  maxDurationMinutes: 480,
  weeklyBudget: null,
  createdAt: "2026-11-01T00:00:00.000Z",
};

it("tells limits in words", () => {
  expect(limitFieldNames.map((name) => limitWords(name, user))).toEqual(["2", "12.5 h", "no limit", "8 h"]);
});
