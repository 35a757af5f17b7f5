import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { newPublicId } from "@/lib/kernel/ids";
import { run, runOk } from "./run";
import {
  logIn,
  planSession,
  settleSpace,
  ssh,
  startAgent,
  type TestAgent,
  type TestSession,
} from "./testing/host-kit";
import { getProperties, numberOf } from "./zfs";

const slow = 180_000;
const mib = 1024 ** 2;
const gib = 1024 ** 3;
let agent: TestAgent;

beforeAll(async () => {
  agent = await startAgent();
}, slow);

afterAll(async () => {
  await agent.dispose();
}, slow);

afterEach(() => agent.removeSessions());

const refOf = ({ input }: TestSession) => ({
  installationId: input.installationId,
  workspaceId: input.workspaceId,
  datasetGeneration: input.datasetGeneration,
});

const folderOf = ({ input }: TestSession) =>
  agent.context.workspaces.mountPoint(input.workspaceId, input.datasetGeneration);

const datasetOf = ({ input }: TestSession) =>
  agent.context.workspaces.dataset(input.workspaceId, input.datasetGeneration);

/** Writes into the workspace until the file is whole or the disk says no; root is bounded like its user. @returns bytes on disk */
async function write(session: TestSession, name: string, mibs: number): Promise<number> {
  const file = join(folderOf(session), name);
  await run(["dd", "if=/dev/urandom", `of=${file}`, "bs=1M", `count=${mibs}`, "conv=fsync"], {
    timeoutMs: slow,
  });
  const { stdout } = await run(["stat", "--format=%b", file]);
  return Number(stdout.trim()) * 512;
}

async function bound(session: TestSession, quotaGb: number, spaceGb: number): Promise<void> {
  const { identity } = session.input;
  await agent.client.call("workspace.ensure", { ...refOf(session), quotaGb, spaceGb, identity });
}

/** Makes the quota smaller than whole gigabytes allow, so that a test need not write gigabytes. */
async function shrink(session: TestSession, quotaMib: number, spaceMib: number): Promise<void> {
  const root = agent.context.workspaces.root(session.input.workspaceId);
  await runOk(["zfs", "set", `refquota=${quotaMib * mib}`, datasetOf(session)]);
  await runOk(["zfs", "set", `quota=${spaceMib * mib}`, root]);
}

const snapshot = (session: TestSession) => {
  const snapshotId = newPublicId("snp");
  const { identity } = session.input;
  return agent.client.call("workspace.snapshot", { ...refOf(session), identity, snapshotId });
};

describe("a workspace's space", () => {
  it("is bounded on ZFS by what the caller says, and follows a change", { timeout: slow }, async () => {
    const session = await planSession(agent, 0);
    const read = async () => {
      const root = agent.context.workspaces.root(session.input.workspaceId);
      return numberOf((await getProperties(root, ["quota"])).get(root), "quota");
    };
    expect(await read()).toBe(0);
    await bound(session, 1, 3);
    expect(await read()).toBe(3 * gib);
    await bound(session, 1, 2);
    expect(await read()).toBe(2 * gib);
    const used = await agent.client.call("workspace.usage", refOf(session));
    expect(used).toMatchObject({ quotaBytes: gib, spaceBytes: 2 * gib });
  });

  it("bounds files by the quota, and files with snapshots by the space", { timeout: slow }, async () => {
    const session = await planSession(agent, 0);
    await bound(session, 1, 3);
    await shrink(session, 40, 90);
    const first = await write(session, "a", 60);
    expect(first).toBeLessThanOrEqual(41 * mib);
    expect(first).toBeGreaterThan(20 * mib);

    // Overwriting what a snapshot holds fills the space, not the quota.
    let stuck = false;
    for (let round = 0; round < 6 && !stuck; round++) {
      await snapshot(session);
      await run(["rm", "-f", join(folderOf(session), "a")]);
      stuck = (await write(session, "a", 30)) < 29 * mib;
    }
    expect(stuck).toBe(true);
    const used = await agent.client.call("workspace.usage", refOf(session));
    expect(used.totalBytes).toBeLessThanOrEqual(92 * mib);
    expect(used.snapshotBytes).toBeGreaterThan(40 * mib);
  });

  it("a bound below what is used leaves the old one, and the session's start goes on", {
    timeout: slow,
  }, async () => {
    const session = await planSession(agent, 0);
    const root = agent.context.workspaces.root(session.input.workspaceId);
    const read = async () => (await getProperties(root, ["quota", "used"])).get(root);
    await bound(session, 2, 3);
    // Space that is set aside counts as used, and takes no minute to write.
    await runOk(["zfs", "set", `refreservation=${1_100 * mib}`, datasetOf(session)]);
    await bound(session, 2, 1);
    expect(numberOf(await read(), "quota")).toBe(3 * gib);
    // As it was before there were bounds.
    await runOk(["zfs", "set", "quota=none", root]);
    await bound(session, 2, 1);
    const now = await read();
    expect(numberOf(now, "quota")).toBeGreaterThanOrEqual(numberOf(now, "used") + gib);
  });

  it("is free again once the snapshots of a state before a restore are deleted, its session running", {
    timeout: slow,
  }, async () => {
    const session = await planSession(agent, 0);
    const { identity, installationId, workspaceId } = session.input;
    const ref = { installationId, workspaceId, identity };
    const now = { ...refOf(session), datasetGeneration: 2 };
    const total = async () => (await agent.client.call("workspace.usage", now)).totalBytes;
    const listed = async () => {
      const { snapshots } = await agent.client.call("workspace.list", { installationId, workspaceId });
      return snapshots.map(({ snapshotId }) => snapshotId).sort();
    };
    const prune = async (datasetGeneration: number, snapshotId: string) => {
      const input = { ...ref, datasetGeneration, snapshotIds: [snapshotId] };
      return (await agent.client.call("workspace.prune", input)).gone;
    };

    await write(session, "a", 30);
    const sum = (await runOk(["md5sum", join(folderOf(session), "a")])).slice(0, 32);
    const origin = (await snapshot(session)).snapshotId;
    await write(session, "a", 30);
    const before = (await snapshot(session)).snapshotId;
    const restore = { ...ref, snapshotId: origin, newGeneration: 2, quotaGb: 1 };
    await agent.client.call("workspace.restore", restore);
    await agent.client.call("workspace.ensure", { ...now, quotaGb: 1, identity });
    const restored = { ...session, input: { ...session.input, datasetGeneration: 2 } };
    await agent.client.call("session.start", restored.input);
    await shrink(restored, 100, 90);
    // Two states of 30 MiB are kept: a third one of that size is what the space has no room for.
    await write(restored, "b", 40);
    expect(await total()).toBeGreaterThan(85 * mib);

    // What two lines go on from stays: the present state, and the one before with its snapshot.
    expect(await prune(2, origin)).toEqual([]);
    expect(await prune(2, before)).toEqual([before]);
    await vi.waitFor(
      async () => {
        await settleSpace(datasetOf(restored));
        expect(await total()).toBeLessThan(65 * mib);
      },
      { timeout: slow },
    );
    expect(await listed()).toEqual([origin]);

    const { slug } = session.input;
    const stop = { installationId, slug, generation: 1, snapshotId: null, workspace: null, graceSeconds: 0 };
    await agent.client.call("session.stop", stop);
    const again = { ...restore, newGeneration: 3 };
    for (let twice = 0; twice < 2; twice++) await agent.client.call("workspace.restore", again);
    // Whoever took the second generation for the current one destroys nothing of the third.
    expect(await prune(2, origin)).toEqual([]);
    const third = { ...session, input: { ...session.input, datasetGeneration: 3, generation: 2 } };
    await agent.client.call("workspace.ensure", { ...refOf(third), quotaGb: 1, identity });
    await agent.client.call("session.start", third.input);
    await ssh(agent, third, "echo on > c");
    for (let twice = 0; twice < 2; twice++) expect(await prune(3, origin)).toEqual([origin]);
    expect(await listed()).toEqual([]);
    for (const older of [1, 2]) {
      const dataset = agent.context.workspaces.dataset(workspaceId, older);
      expect((await getProperties(dataset, ["type"])).size).toBe(0);
    }
    const look = "md5sum < a | cut -c -32; cat c; echo more > c; cat c";
    expect((await ssh(agent, third, look)).stdout).toBe(`${sum}\non\nmore\n`);
    await expect(
      agent.client.call("workspace.prune", {
        ...refOf(session),
        identity: "0".repeat(32),
        snapshotIds: [origin],
      }),
    ).rejects.toMatchObject({ code: "identity_mismatch" });
  });
});

describe("a login", () => {
  it("is told when little is left, and not a word otherwise", { timeout: slow }, async () => {
    const session = await planSession(agent, 0);
    await agent.client.call("session.start", session.input);
    const measure = () =>
      agent.client.call("workspace.usage", { ...refOf(session), slug: session.input.slug });
    await measure();
    expect(await logIn(agent, session)).not.toContain("MedForge");
    await shrink(session, 40, 300);
    await write(session, "a", 34);
    await measure();
    expect(await logIn(agent, session)).toMatch(
      /MedForge: \/workspace is 8\d % full \(3\d(\.\d)? MB of 40 MB\)\. At 100 % nothing/,
    );
    // Programs that talk over ssh hear nothing of it.
    expect(await ssh(agent, session, "true")).toMatchObject({ code: 0, stdout: "", stderr: "" });
    await run(["rm", "-f", join(folderOf(session), "a")]);
    // ZFS frees a deleted file's blocks some time after the deletion.
    await vi.waitFor(
      async () => {
        await settleSpace(datasetOf(session));
        expect((await measure()).usedBytes).toBeLessThan(10 * mib);
      },
      { timeout: slow },
    );
    expect(await logIn(agent, session)).not.toContain("MedForge");
  });

  it("the first one, too, is told when little is left", { timeout: slow }, async () => {
    const session = await planSession(agent, 0);
    await agent.client.call("session.start", session.input);
    await shrink(session, 40, 300);
    await write(session, "a", 34);
    await agent.removeSessions();
    await agent.client.call("session.start", session.input);
    expect(await logIn(agent, session)).toMatch(/MedForge: \/workspace is 8\d % full/);
  });

  it("of another workspace's session is told nothing of this one", { timeout: slow }, async () => {
    const [mine, other] = [await planSession(agent, 0), await planSession(agent, 1)];
    await agent.client.call("session.start", other.input);
    await agent.client.call("workspace.usage", { ...refOf(mine), slug: other.input.slug });
    await agent.client.call("workspace.usage", { ...refOf(mine), slug: mine.input.slug });
    expect((await ssh(agent, other, "ls /etc/medforge")).stdout).not.toContain("notice");
  });
});
