import { describe, expect, it } from "vitest";
import { leaveSeconds } from "@/lib/fleet/leave-model";
import type { GpuView } from "@/lib/fleet/model";
import type { GpuHoursView } from "@/lib/schedule/hours-model";
import type { LimitsView } from "@/lib/sessions/model";
import { endsWithHours, launchHours, limitHint, usedUpBefore } from "./launch-hours";

const id = (index: number) => `gpu_${String.fromCharCode(97 + index).repeat(16)}`;

const gpu = (index: number, over: Partial<GpuView> = {}): GpuView => ({
  ...{ id: id(index), uuid: `GPU-${index}`, index, node: "atlas", model: "NVIDIA L4", memoryMiB: 23_034 },
  ...{ simulated: false, state: "available", stateReason: null, mode: "auction", rate: null, present: true },
  ...{ heldUntil: null, free: false, holder: null, usage: null },
  ...over,
});

const hour = { person: null, offer: null, price: null, week: null };
const hours = (index: number, over: Partial<GpuHoursView["present"]> = {}, mine: string | null = null) => ({
  gpuId: id(index),
  present: { ...hour, slot: "2026-12-05T15:00:00.000Z", until: null, ...over },
  next: null,
  mine,
});

const until = "2026-12-05T18:00:00.000Z";

describe("what the hours of GPUs mean for a launch", () => {
  it("is nothing where one is free to whoever comes first, or none is sold", () => {
    expect(launchHours("any", [gpu(0, { mode: "on-demand", free: true })], [])).toBeNull();
    const both = [gpu(0), gpu(1, { mode: "on-demand", free: true })];
    expect(launchHours("any", both, [hours(0)])).toBeNull();
    expect(launchHours("any", [gpu(0, { mode: "on-demand" })], [])).toBeNull();
  });

  it("is until when it runs on the GPU that the launch would have, which is the held one", () => {
    const offered = [gpu(0, { mode: "on-demand", free: true }), gpu(1, { heldUntil: until, free: true })];
    const { kind, ...found } = launchHours("any", offered, [hours(1)]) ?? { kind: null };
    expect([kind, found]).toMatchObject(["held", { gpu: { index: 1 }, until }]);
  });

  it("is how the missing hour can be had, of one that is chosen or of the best of several", () => {
    const offered = [gpu(0), gpu(1), gpu(2)];
    const known = [
      hours(0, { person: "ben" }),
      hours(1, { person: "ben" }, until),
      hours(2, { offer: "take", price: 1 }),
    ];
    const indexOf = (choice: "any" | `gpu:${string}`) => launchHours(choice, offered, known)?.gpu.index;
    expect([indexOf("any"), indexOf(`gpu:${id(0)}`), indexOf(`gpu:${id(1)}`)]).toEqual([2, 0, 1]);
    expect(launchHours("any", offered, known.slice(0, 2))?.gpu.index).toBe(1);
  });

  it("is nothing on a GPU that is out of service, or in one's own hours while a session is on it", () => {
    expect(launchHours("any", [gpu(0, { state: "draining" })], [hours(0, { offer: "take" })])).toBeNull();
    const held = gpu(0, { heldUntil: until, holder: { username: "ana", slug: null, until } });
    expect(launchHours(`gpu:${id(0)}`, [held], [hours(0, { person: "ana" })])).toBeNull();
  });
});

describe("the week's GPU-hours", () => {
  const now = Date.parse("2026-12-05T15:00:00.000Z");
  const limits = (used: number, limit: number | null, sessions = 0): LimitsView => ({
    sessions: { used: sessions, limit: 4 },
    gpuHours: {
      ...{ used, limit },
      ...{ weekStartsAt: "2026-12-05T05:00:00.000Z", weekEndsAt: "2026-12-12T05:00:00.000Z" },
    },
    disk: { used: 0, limit: null },
    maxDurationMinutes: null,
  });

  it("are told where they end a session sooner than the hours held, shared with those that run", () => {
    expect(usedUpBefore(until, limits(8, 10), now)?.toISOString()).toBe("2026-12-05T17:00:00.000Z");
    expect(usedUpBefore(until, limits(8, 10, 1), now)?.toISOString()).toBe("2026-12-05T16:00:00.000Z");
  });

  it("are not where the hours held end first, or there is no limit", () => {
    const left = (seconds: number) => usedUpBefore(until, limits(10 - seconds / 3600, 10), now);
    const leaves = 3 * 3600 - leaveSeconds;
    expect([left(leaves), left(leaves - 1) === null]).toEqual([null, false]);
    expect(usedUpBefore(until, limits(0, null), now)).toBeNull();
  });
});

describe("what ends a session before anybody stops it", () => {
  const now = new Date("2026-12-05T15:10:00.000Z");
  const see = (ttl: number | null, ends: { until: string | null } | null) => limitHint(ttl, ends, now, "UTC");

  it("is the end of hours, by the time where it is known, beside a limit of its own", () => {
    expect(see(null, null)).toBe("Runs until you stop it.");
    expect(see(null, { until })).toBe("Runs until a minute before your hours end, at 17:59 UTC.");
    expect(see(null, { until: null })).toBe("Runs until a minute before your hours end.");
    expect(see(60, { until })).toBe(
      "At the limit, or a minute before your hours end, at 17:59 UTC if that comes first, it is snapshotted and stopped; the workspace stays.",
    );
    expect(see(60, null)).toBe("At the limit it is snapshotted and stopped; the workspace stays.");
  });

  it("is that wherever a launch would be on a GPU that is sold by the hour", () => {
    const mine = gpu(0, { heldUntil: until, free: true });
    expect(endsWithHours("any", [mine], [hours(0)])).toEqual({ until });
    expect(endsWithHours("any", [gpu(0)], [hours(0, { person: "ben" })])).toEqual({ until: null });
    expect(endsWithHours("any", [{ ...mine, free: false }], [])).toEqual({ until: null });
    expect(endsWithHours("any", [gpu(0), gpu(1, { mode: "on-demand", free: true })], [])).toBeNull();
  });
});
