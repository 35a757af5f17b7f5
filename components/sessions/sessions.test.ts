import { describe, expect, it } from "vitest";
import {
  activeSessionStates,
  type SessionEventKind,
  type SessionEventView,
  sessionStates,
} from "@/lib/sessions/model";
import { endsSoon, needsAttention } from "./attention";
import { aSession } from "./fixtures";
import { hostKeyFingerprint, isActive, limitMinutes, vscodeLink } from "./state";
import { stepsOf, timeline } from "./steps";

const now = new Date("2026-11-22T14:00:00.000Z");
const event = (id: number, kind: SessionEventKind, at: string): SessionEventView => ({
  id,
  kind,
  detail: "",
  at,
});
const starting = aSession({ state: "STARTING", createdAt: "2026-11-22T13:59:59.000Z", runningAt: null });

describe("stepsOf", () => {
  it("shows the first step as under way before any event", () => {
    expect(stepsOf(starting, [], now).map((step) => [step.state, step.elapsedMs])).toEqual([
      ["current", 1000],
      ["todo", null],
      ["todo", null],
      ["todo", null],
    ]);
  });
  it("measures each step from the one before, and the current one until now", () => {
    const events = [
      event(1, "requested", "2026-11-22T13:59:59.010Z"),
      event(2, "workspace_ready", "2026-11-22T13:59:59.200Z"),
      event(3, "container_started", "2026-11-22T13:59:59.700Z"),
    ];
    expect(stepsOf(starting, events, now).map((step) => [step.state, step.elapsedMs])).toEqual([
      ["done", 10],
      ["done", 190],
      ["done", 500],
      ["current", 300],
    ]);
  });
  it("runs the steps again after a restart of the host", () => {
    const events = [
      event(1, "requested", "2026-11-22T10:00:00.000Z"),
      event(2, "workspace_ready", "2026-11-22T10:00:00.100Z"),
      event(3, "container_started", "2026-11-22T10:00:00.500Z"),
      event(4, "running", "2026-11-22T10:00:01.000Z"),
      event(5, "restarting", "2026-11-22T13:59:58.000Z"),
      event(6, "workspace_ready", "2026-11-22T13:59:58.400Z"),
    ];
    expect(stepsOf(starting, events, now).map((step) => [step.state, step.elapsedMs])).toEqual([
      ["done", 0],
      ["done", 400],
      ["current", 1600],
      ["todo", null],
    ]);
  });
  it("marks where a failed start stood still", () => {
    const failed = aSession({ state: "ERROR", error: "no space" });
    const events = [event(1, "requested", "2026-11-22T13:00:00.020Z")];
    expect(stepsOf(failed, events, now).map((step) => step.state)).toEqual([
      "done",
      "failed",
      "todo",
      "todo",
    ]);
  });
});

it("timeline tells the time between events and where a day begins in the lab's zone", () => {
  const events = [
    event(1, "requested", "2026-11-22T23:59:59.000Z"),
    event(2, "running", "2026-11-23T00:00:00.250Z"),
    event(3, "stopped", "2026-11-23T08:00:00.250Z"),
  ];
  expect(timeline(events, "UTC").map((entry) => [entry.sinceMs, entry.newDay])).toEqual([
    [null, true],
    [1250, true],
    [28_800_000, false],
  ]);
  expect(timeline(events, "America/New_York").map((entry) => entry.newDay)).toEqual([true, false, true]);
});

describe("needsAttention", () => {
  const see = (...sessions: Parameters<typeof needsAttention>[0]) => needsAttention(sessions, now, "UTC");
  it("says nothing about what runs well", () => {
    expect(see(aSession(), aSession({ stopsAt: "2026-11-22T15:00:00.000Z" }))).toEqual([]);
  });
  it("warns half an hour before the end and names the snapshot", () => {
    expect(see(aSession({ stopsAt: "2026-11-22T14:12:00.000Z" }))).toEqual([
      { slug: "abcdefgh", kind: "ending", text: "Ends at 14:12 UTC (in 12 min), after a snapshot of work." },
    ]);
  });
  it("says so when the limit has passed and the stop is still to come", () => {
    expect(see(aSession({ stopsAt: "2026-11-22T13:59:00.000Z" }))[0]?.text).toBe(
      "Its time limit passed at 13:59 UTC; work is snapshotted, then it stops.",
    );
  });
  it("shows a condition in the words it came with", () => {
    expect(see(aSession({ condition: "The GPU host is silent." }))[0]?.text).toBe("The GPU host is silent.");
  });
  it("tells broken isolation from what a session waits for", () => {
    const isolation = { ok: false, refused: 8, reached: 1, at: "2026-11-22T13:59:00.000Z" };
    const condition = "The session reaches 10.0.0.1, which it must not.";
    expect(see(aSession({ condition, conditionKind: "held_up", isolation }))).toEqual([
      { slug: "abcdefgh", kind: "isolation", text: condition },
    ]);
  });
  it("says that the hours end it, unless something else is wrong too", () => {
    const stopsAt = "2026-11-22T14:12:00.000Z";
    const session = { ...aSession({ stopsAt }), endsWithHours: true };
    const hours = "The week's GPU-hours are nearly used up.";
    expect(see({ ...session, condition: hours, conditionKind: "hours" })).toEqual([
      { slug: "abcdefgh", kind: "hours", text: `${hours} Ends at 14:12 UTC (in 12 min).` },
    ]);
    const both = `The GPU host is silent. ${hours}`;
    expect(see({ ...session, condition: both, conditionKind: "held_up" })).toEqual([
      { slug: "abcdefgh", kind: "condition", text: both },
    ]);
  });
  it("shows a failure until the workspace is launched again, or for a day", () => {
    const failed = aSession({ state: "ERROR", error: "no space", endedAt: "2026-11-22T13:00:03.000Z" });
    expect(see(failed)).toEqual([{ slug: "abcdefgh", kind: "failed", text: "no space" }]);
    expect(see(aSession({ slug: "newer222", createdAt: "2026-11-22T13:30:00.000Z" }), failed)).toEqual([]);
    expect(see({ ...failed, endedAt: "2026-11-21T13:00:00.000Z" })).toEqual([]);
  });
});

it("endsSoon is for running sessions with a limit", () => {
  expect(endsSoon(aSession(), now)).toBe(false);
  expect(endsSoon(aSession({ stopsAt: "2026-11-22T14:30:00.000Z" }), now)).toBe(true);
  expect(endsSoon(aSession({ state: "STOPPING", stopsAt: "2026-11-22T14:10:00.000Z" }), now)).toBe(false);
});

it("isActive follows the model", () => {
  expect(sessionStates.filter((state) => isActive({ state }))).toEqual([...activeSessionStates]);
});

it("vscodeLink names user, host, port and folder", () => {
  expect(vscodeLink(aSession().ssh)).toBe(
    "vscode://vscode-remote/ssh-remote+mf@gpu.example.edu:10000/workspace",
  );
});

it("hostKeyFingerprint equals ssh-keygen -l", async () => {
  const line = "mf-wsp_a ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl";
  expect(await hostKeyFingerprint(line)).toBe("SHA256:+DiY3wvvV6TuJJhbpZisF/zLDA0zPMSvHdkr4UvCOqU");
  expect(await hostKeyFingerprint("mf-wsp_a")).toBeNull();
});

it("limitMinutes is what the session was launched with", () => {
  const runningAt = "2026-11-22T13:00:01.400Z";
  expect(limitMinutes({ runningAt, stopsAt: "2026-11-22T15:00:01.400Z", endsBy: "time_limit" })).toBe(120);
  expect(limitMinutes({ runningAt, stopsAt: "2026-11-22T13:00:20.000Z", endsBy: "time_limit" })).toBe(1);
  expect(limitMinutes({ runningAt, stopsAt: null, endsBy: "time_limit" })).toBeNull();
  expect(limitMinutes({ runningAt: null, stopsAt: null, endsBy: "time_limit" })).toBeNull();
  const byHours = { runningAt, stopsAt: "2026-11-22T13:01:20.000Z", endsBy: "gpu_hours" } as const;
  expect(limitMinutes(byHours)).toBeNull();
});
