import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { z } from "zod";
import type { SessionView } from "@/lib/sessions/model";
import { closeDatabase } from "../support/database";
import { testEnv } from "../support/env";
import { datasets } from "../support/host";
import { launch, requestLaunch, stop, timeline } from "../support/lab";
import { expectNoLeaks } from "../support/leaks";
import { newPerson, type Person } from "../support/people";
import { output } from "../support/run";
import { ssh, trySsh } from "../support/ssh";
import { expectData, inLongForm, intact, quietLab, reaches, trial, writeData } from "../support/trial";

let ana: Person;
let ben: Person;
const workspaceName = "checkpoints";
const mib = 1024 ** 2;

beforeAll(async () => {
  [ana, ben] = [await newPerson("ana"), await newPerson("ben")];
});
beforeEach(quietLab);
afterAll(async () => {
  await expectNoLeaks();
  await closeDatabase();
});

async function datasetOf(session: SessionView): Promise<string> {
  const found = (await datasets()).find((name) => name.includes(`${session.workspace.id}/g`));
  if (found === undefined) throw new Error(`${session.workspace.id} has no dataset`);
  return found;
}

/** ZFS gets ever slower towards the end of its room. */
const fillMs = 240_000;

/** Writes until the file system refuses. @returns what the session's user is told */
async function fill(person: Person, on: SessionView): Promise<string> {
  const command = "head -c 1G /dev/zero | tr '\\0' x > /workspace/filler";
  const ended = await trySsh(person, on, command, { timeoutMs: fillMs });
  expect(ended.code, "how the writing ended by itself").toBeGreaterThan(0);
  return ended.stderr;
}

inLongForm("a workspace that is full says so, and everything else goes on", async () => {
  const [session, other] = [await launch(ana, { workspaceName }), await launch(ben)];
  await writeData(ana, session);
  const dataset = await datasetOf(session);
  const [quota = ""] = (await output(["zfs", "get", "-Hp", "-o", "value", "refquota", dataset])).split("\n");
  await trial(ana, { fault: "workspace full to its quota", phase: "run" }, async ({ strike }) => {
    await output(["zfs", "set", `refquota=${32 * mib}`, dataset]);
    expect(await fill(ana, session)).toMatch(/Disk quota exceeded|No space left on device/);
    strike();
    await ssh(ben, other, "head -c 1M /dev/urandom > /workspace/mine && sync");
    await expectData(ana, session);
    await stop(ana.api, session.slug);
    const again = await launch(ana, { workspaceName });
    await expectData(ana, again);
    await ssh(ana, again, "rm /workspace/filler && head -c 1M /dev/urandom > /workspace/more");
    return { state: "refused inside; stop, snapshot and launch go on, data intact", session: again };
  });
  // The relaunch has set the quota as the workspace's row says.
  expect((await output(["zfs", "get", "-Hp", "-o", "value", "refquota", dataset])).trim()).toBe(quota);
});

/** What is left to every workspace while `work` runs: the rest of the pool is promised to a dataset of the test's. */
async function withFullPool(leftBytes: number, work: () => Promise<void>): Promise<void> {
  const pool = testEnv().MEDFORGE_TEST_ZFS_PARENT.replace(/\/.*$/, "");
  const available = Number(await output(["zfs", "get", "-Hp", "-o", "value", "available", pool]));
  const filler = `${pool}/filler`;
  await output(["zfs", "create", "-o", "mountpoint=none", filler]);
  try {
    await output(["zfs", "set", `refreservation=${available - leftBytes}`, filler]);
    await work();
  } finally {
    await output(["zfs", "destroy", filler]);
  }
}

/** A snapshot needs little room, but some. */
async function snapshotOutcome(session: SessionView): Promise<string> {
  const kinds = (await timeline(ana.api, session.slug)).map(({ kind }) => kind);
  if (kinds.includes("snapshot_taken")) return "snapshot taken";
  expect(kinds).toContain("snapshot_failed");
  return "snapshot failed and said so";
}

/** What little is left may do for an empty workspace; if it does not, the reason must be told. */
async function newWorkspaceOutcome(): Promise<string> {
  const { slug } = await requestLaunch(ben.api, { workspaceName: "too-late" });
  const found = await reaches(ben, slug, ["RUNNING", "ERROR"]);
  if (found.state === "ERROR") {
    expect(found.error).toMatch(/pool .* is full/);
    return "a new workspace refused with the reason";
  }
  await stop(ben.api, slug);
  return "an empty new workspace still fits";
}

test("a pool that is full refuses what is new with a reason, frees GPUs and loses nothing", async () => {
  const session = await launch(ana, { workspaceName });
  await writeData(ana, session);
  await trial(ana, { fault: "workspace pool full", phase: "run, stop and start" }, async ({ strike }) => {
    let snapshot = "";
    let fresh = "";
    await withFullPool(64 * mib, async () => {
      expect(await fill(ana, session)).toMatch(/No space left on device/);
      await expectData(ana, session);
      await ana.api.call(z.unknown(), "POST", `external/sessions/${session.slug}/stop`);
      const ended = await reaches(ana, session.slug, ["STOPPED", "ERROR"]);
      expect(ended).toMatchObject({ state: "STOPPED", error: null });
      await expectNoLeaks();
      snapshot = await snapshotOutcome(session);
      fresh = await newWorkspaceOutcome();
    });
    strike();
    const again = await intact(ana, (await requestLaunch(ana.api, { workspaceName })).slug);
    await ssh(ana, again, "rm /workspace/filler");
    return {
      state: `ENOSPC inside, STOPPED, ${snapshot}, ${fresh}, data intact`,
      session: again,
    };
  });
});
