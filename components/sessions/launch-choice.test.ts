import { describe, expect, it } from "vitest";
import type { GpuView, PackView } from "@/lib/fleet/model";
import { launchInput } from "@/lib/sessions/model";
import type { WorkspaceView } from "@/lib/workspaces/model";
import { aSession } from "./fixtures";
import { lastLaunchText, parseLastLaunch } from "./last-launch";
import {
  freshName,
  initialChoice,
  isNameTaken,
  launchInputOf,
  plannedChoice,
  stillOffered,
  ttlOptions,
} from "./launch-choice";

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
  mode: "on-demand",
  rate: null,
  present: true,
  heldUntil: null,
  free,
  holder: null,
  usage: null,
});
const pack = (letter: string): PackView => ({
  id: id("pck", letter),
  slug: `pack-${letter}`,
  name: `Pack ${letter}`,
  description: "",
  cpus: 4,
  memoryMiB: 8_192,
});

describe("parseLastLaunch", () => {
  it("reads what a launch wrote", () => {
    const launch = { ttlMinutes: 60, gpuModel: "NVIDIA L4" };
    expect(parseLastLaunch(lastLaunchText("ana", launch), "ana")).toEqual(launch);
  });
  it("is nothing to another person in the same browser", () => {
    expect(parseLastLaunch(lastLaunchText("ana", { workspaceName: "hers" }), "bob")).toBeNull();
  });
  it.each([
    undefined,
    "",
    "{",
    "[]",
    "null",
    '{"workspaceName":"of-nobody"}',
    '{"owner":"ana","launch":{"ttlMinutes":-1}}',
    '{"owner":"ana","launch":{"workspaceId":"x"}}',
  ])("refuses %s", (cookie) => {
    expect(parseLastLaunch(cookie, "ana")).toBeNull();
  });
});

describe("initialChoice", () => {
  it("starts a newcomer with a new workspace, any GPU and no limit", () => {
    expect(initialChoice(null, { workspaces: [], gpus: [], packs: [] }, [])).toEqual({
      workspaceId: null,
      newName: "work",
      gpu: "any",
      ttlMinutes: null,
      packId: null,
    });
  });
  it("repeats the last launch", () => {
    const last = { workspaceName: "work-b", gpuModel: "NVIDIA L4", ttlMinutes: 240 };
    const offer = { workspaces: [workspace("a"), workspace("b")], gpus: [gpu("a", true)], packs: [] };
    const choice = initialChoice(last, offer, []);
    expect(choice).toMatchObject({ workspaceId: id("wsp", "b"), gpu: "model:NVIDIA L4", ttlMinutes: 240 });
  });
  it("passes over a workspace in use and a GPU that is taken", () => {
    const last = { workspaceId: id("wsp", "a"), gpuId: id("gpu", "a") };
    const busy = workspace("a", { activeSession: "abcdefgh" });
    const offer = { workspaces: [busy, workspace("b")], gpus: [gpu("a", false)], packs: [] };
    const choice = initialChoice(last, offer, []);
    expect(choice).toMatchObject({ workspaceId: id("wsp", "b"), gpu: "any" });
  });
  it("falls back to the newest session's workspace, then to the one used last", () => {
    const workspaces = [
      workspace("a", { lastUsedAt: "2026-11-20T00:00:00.000Z" }),
      workspace("b", { lastUsedAt: "2026-11-21T00:00:00.000Z" }),
    ];
    const offer = { workspaces, gpus: [], packs: [] };
    const newest = aSession({
      workspace: { id: id("wsp", "a"), name: "work-a", quotaGb: 50, usedBytes: null },
    });
    expect(initialChoice(null, offer, [newest]).workspaceId).toBe(id("wsp", "a"));
    expect(initialChoice(null, offer, []).workspaceId).toBe(id("wsp", "b"));
  });
  it("forgets an environment that is no longer installed", () => {
    const last = { packId: id("pck", "a") };
    const offer = { workspaces: [], gpus: [] };
    expect(initialChoice(last, { ...offer, packs: [pack("a")] }, []).packId).toBe(id("pck", "a"));
    expect(initialChoice(last, { ...offer, packs: [pack("b")] }, []).packId).toBeNull();
  });
});

describe("stillOffered", () => {
  const chosen = {
    workspaceId: id("wsp", "a"),
    newName: "work",
    gpu: `gpu:${id("gpu", "a")}`,
    ttlMinutes: 60,
    packId: id("pck", "a"),
  } as const;
  it("leaves a choice that can be had as it is, a GPU taken meanwhile included", () => {
    const offer = { workspaces: [workspace("a")], gpus: [gpu("a", false)], packs: [pack("a")] };
    expect(stillOffered(chosen, offer)).toEqual(chosen);
  });
  it("drops what is gone and keeps the rest", () => {
    const offer = { workspaces: [], gpus: [], packs: [] };
    const rest = { ...chosen, workspaceId: null, gpu: "any", packId: null };
    expect(stillOffered(chosen, offer)).toEqual(rest);
    expect(stillOffered({ ...chosen, gpu: "model:NVIDIA L4" }, offer).gpu).toBe("any");
  });
  it("drops a model none of whose GPUs is in service", () => {
    const offer = { workspaces: [], gpus: [{ ...gpu("a", false), state: "disabled" as const }], packs: [] };
    expect(stillOffered({ ...chosen, gpu: "model:NVIDIA L4" }, offer).gpu).toBe("any");
  });
});

describe("plannedChoice", () => {
  const offer = { workspaces: [workspace("a", { activeSession: "abcdefgh" })], gpus: [], packs: [pack("a")] };
  it("keeps what was asked for, a workspace in use and a new one's name included", () => {
    const known = { workspaceId: id("wsp", "a"), ttlMinutes: 120, packId: id("pck", "a") };
    expect(plannedChoice(known, offer)).toMatchObject(known);
    expect(plannedChoice({ workspaceName: "nightly" }, offer)).toMatchObject({
      ...{ workspaceId: null, newName: "nightly", ttlMinutes: null, packId: null },
    });
  });
  it("finds the workspace of a name that was made meanwhile, and misses one that is gone", () => {
    expect(plannedChoice({ workspaceName: "Work-A" }, offer).workspaceId).toBe(id("wsp", "a"));
    expect(plannedChoice({ workspaceId: id("wsp", "b") }, offer).workspaceId).toBeNull();
  });
});

it("isNameTaken compares as the database does", () => {
  const choice = {
    workspaceId: null,
    newName: " Work-A ",
    gpu: "any",
    ttlMinutes: null,
    packId: null,
  } as const;
  expect(isNameTaken(choice, [workspace("a")])).toBe(true);
  expect(isNameTaken({ ...choice, newName: "work-b" }, [workspace("a")])).toBe(false);
  expect(isNameTaken({ ...choice, workspaceId: id("wsp", "a") }, [workspace("a")])).toBe(false);
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
