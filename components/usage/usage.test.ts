import { describe, expect, it } from "vitest";
import type { UsageView } from "@/lib/usage/model";
import { outsideName } from "@/lib/usage/rules";
import { hoursIn, lookOf, misfitsOf, quarterOf, slotsOf } from "./usage";
import { liveText, slotText, summaryText } from "./words";

const gpu = (index: number) =>
  ({ id: `gpu_${index}`, index, node: "gpu1", model: "A100", mode: "auction" }) as const;

const view: UsageView = {
  week: "2026-11-28",
  now: "2026-11-28T09:30:00.000Z",
  zone: "America/New_York",
  hours: { first: "2026-11-28T05:00:00.000Z", count: 168 },
  gpus: [gpu(0), gpu(1)],
  people: ["ana", "ben"],
  cells: [
    [0, 0, "as_held", 60, 50, 0, 0, 50],
    [0, 1, "held_idle", 60, 0, 0, null, 0],
    [0, 2, "held_idle", 60, 2, 0, null, 0],
    [0, 3, "by_another", 60, 30, 0, 1, 30],
    [0, 4, "not_over", 30, 10, 0, null, 0],
    [1, 0, "not_held", 60, 1, null, 1, 1],
    [1, 2, "held_idle", 1, 0, 1, null, 0],
  ],
  totals: [],
};
const slots = slotsOf(view);
const at = (place: number, hour: number) => slots[place]?.[hour] ?? null;

describe("a week of use", () => {
  it("has each hour's people by name, and nothing of hours that nobody held or looked at", () => {
    expect(slots.map((row) => row.length)).toEqual([168, 168]);
    expect(at(0, 3)).toMatchObject({ assigned: "ana", actual: "ben", agreement: "by_another" });
    expect(at(1, 1)).toBeNull();
  });

  it("looks by the clock: over, running, to come", () => {
    const now = hoursIn(view, Date.parse(view.now));
    expect(now).toBe(4.5);
    expect([3, 4, 5].map((hour) => lookOf(at(0, hour), hour, now))).toEqual([
      "by_another",
      "running",
      "to_come",
    ]);
    expect(lookOf(null, 2, now)).toBe("not_seen");
  });

  it("is filled by quarters, and a single minute is seen", () => {
    expect([at(0, 1), at(1, 0), at(0, 3), at(0, 0), null].map(quarterOf)).toEqual([0, 1, 2, 4, 0]);
  });

  it("joins the hours in a row that went otherwise than held, the latest first", () => {
    expect(misfitsOf(slots)).toMatchObject([
      { gpu: 0, from: 3, count: 1, agreement: "by_another", assigned: "ana", actual: "ben" },
      { gpu: 1, from: 2, count: 1, agreement: "held_idle", assigned: "ben" },
      { gpu: 0, from: 1, count: 2, agreement: "held_idle", assigned: "ana" },
    ]);
  });

  it("is told in words", () => {
    expect(slotText(at(0, 3), "by_another")).toBe("held by ana; ben on it in 30 of 60 minutes");
    expect(slotText(at(0, 2), "held_idle")).toBe("held by ana; nobody on it in 60 minutes");
    expect(slotText(at(1, 2), "held_idle")).toBe("held by ben; nobody on it in 1 minute");
    expect(slotText(at(0, 4), "running")).toBe("held by ana; so far in use in 10 of 30 minutes");
    expect(slotText(null, "not_seen")).toBe("held by nobody; nobody looked");
    expect(summaryText(["as_held", "held_idle", "as_held", "to_come"])).toBe(
      "held and used 2 hours, held and idle 1 hour",
    );
    expect(summaryText(["to_come"])).toBe("nothing counted yet");
  });
});

describe("what is on a GPU now", () => {
  const live = { id: "gpu_0", index: 0, model: "A100", state: "used", node: "gpu1" } as const;

  it("is marked where it is not its holder", () => {
    expect(liveText({ ...live, assigned: "ana", users: ["ana"] })).toEqual({ text: "ana on it", tone: "ok" });
    expect(liveText({ ...live, assigned: "ana", users: ["ana", outsideName] })).toEqual({
      text: "ana, a program of no session on it",
      tone: "warn",
    });
    expect(liveText({ ...live, assigned: "ana", users: [] })?.tone).toBe("idle");
    expect(liveText({ ...live, state: "unknown", assigned: null, users: [] })).toBeNull();
  });
});
