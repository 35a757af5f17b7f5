import { describe, expect, it } from "vitest";
import type { GpuView } from "@/lib/fleet/model";
import { launchInput } from "@/lib/sessions/model";
import type { WorkspaceView } from "@/lib/workspaces/model";
import { aSession } from "./fixtures";
import { parseLastLaunch } from "./last-launch";
import { freshName, initialChoice, launchInputOf, ttlOptions } from "./launch-choice";

const id = (prefix: string, letter: string) => `${prefix}_${letter.repeat(16)}`;

function workspace(letter: string, over: Partial<WorkspaceView> = {}): WorkspaceView {
  return {
    id: id("wsp", letter),
    name: `work-${letter}`,
    exposure: "external",
    quotaGb: 50,
    usedBytes: null,
    snapshotBytes: null,
    totalBytes: null,
    spaceBytes: null,
    activeSession: null,
    activeOperation: null,
    snapshotCount: 0,
    createdAt: "2026-11-01T00:00:00.000Z",
    lastUsedAt: null,
    ...over,
  };
}
const gpu = (letter: string, free: boolean): GpuView => ({
  id: id("gpu", letter),
  uuid: `GPU-${letter}`,
  index: 0,
  node: "atlas",
  model: "NVIDIA L4",
  memoryMiB: 23_034,
  simulated: false,
  state: "available",
  stateReason: null,
  present: true,
  free,
  holder: null,
  usage: null,
});

describe("parseLastLaunch", () => {
  it("reads what a launch wrote", () => {
    expect(parseLastLaunch(JSON.stringify({ ttlMinutes: 60, gpuModel: "NVIDIA L4" }))).toEqual({
      ttlMinutes: 60,
      gpuModel: "NVIDIA L4",
    });
  });
  it.each([undefined, "", "{", "[]", '{"ttlMinutes":-1}', '{"workspaceId":"x"}'])("refuses %s", (cookie) => {
    expect(parseLastLaunch(cookie)).toBeNull();
  });
});

describe("initialChoice", () => {
  it("starts a newcomer with a new workspace, any GPU and no limit", () => {
    expect(initialChoice(null, [], [], [])).toEqual({
      workspaceId: null,
      newName: "work",
      gpu: "any",
      ttlMinutes: null,
      packId: null,
    });
  });
  it("repeats the last launch", () => {
    const last = { workspaceName: "work-b", gpuModel: "NVIDIA L4", ttlMinutes: 240 };
    const choice = initialChoice(last, [workspace("a"), workspace("b")], [gpu("a", true)], []);
    expect(choice).toMatchObject({ workspaceId: id("wsp", "b"), gpu: "model:NVIDIA L4", ttlMinutes: 240 });
  });
  it("passes over a workspace in use and a GPU that is taken", () => {
    const last = { workspaceId: id("wsp", "a"), gpuId: id("gpu", "a") };
    const busy = workspace("a", { activeSession: "abcdefgh" });
    const choice = initialChoice(last, [busy, workspace("b")], [gpu("a", false)], []);
    expect(choice).toMatchObject({ workspaceId: id("wsp", "b"), gpu: "any" });
  });
  it("falls back to the newest session's workspace, then to the one used last", () => {
    const list = [
      workspace("a", { lastUsedAt: "2026-11-20T00:00:00.000Z" }),
      workspace("b", { lastUsedAt: "2026-11-21T00:00:00.000Z" }),
    ];
    const newest = aSession({
      workspace: { id: id("wsp", "a"), name: "work-a", quotaGb: 50, usedBytes: null },
    });
    expect(initialChoice(null, list, [], [newest]).workspaceId).toBe(id("wsp", "a"));
    expect(initialChoice(null, list, [], []).workspaceId).toBe(id("wsp", "b"));
  });
});

it("freshName avoids taken names", () => {
  expect(freshName([])).toBe("work");
  expect(freshName([workspace("a", { name: "work" }), workspace("b", { name: "work-2" })])).toBe("work-3");
});

it("launchInputOf makes valid input of each choice", () => {
  const base = { workspaceId: null, newName: "work", gpu: "any", ttlMinutes: null, packId: null } as const;
  expect(launchInput.parse(launchInputOf(base))).toEqual({ workspaceName: "work" });
  const full = {
    ...base,
    workspaceId: id("wsp", "a"),
    gpu: `gpu:${id("gpu", "a")}`,
    ttlMinutes: 60,
    packId: id("pck", "a"),
  } as const;
  expect(launchInput.parse(launchInputOf(full))).toEqual({
    workspaceId: id("wsp", "a"),
    gpuId: id("gpu", "a"),
    ttlMinutes: 60,
    packId: id("pck", "a"),
  });
  expect(launchInputOf({ ...base, gpu: "model:NVIDIA L4" })).toMatchObject({ gpuModel: "NVIDIA L4" });
});

it("ttlOptions keeps the last limit in the list", () => {
  expect(ttlOptions(null)).toEqual([60, 120, 240, 480, 1440, 4320]);
  expect(ttlOptions(90)).toEqual([60, 90, 120, 240, 480, 1440, 4320]);
});
