import { existsSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { basicChildEnv } from "@/lib/kernel/env";
import { newPublicId } from "@/lib/kernel/ids";
import { ensureMounted, mountOn, unmount } from "./mounts";
import { run, runOk } from "./run";
import { startAgent, type TestAgent } from "./testing/host-kit";

const slow = 180_000;
/** As many, and as often, as hang zfs-fuse when they are mounted side by side: in one round or two. */
const many = 24;
const rounds = 3;
const answerMs = 5_000;
let agent: TestAgent;

beforeAll(async () => {
  agent = await startAgent();
}, slow);

afterAll(() => agent.dispose(), slow);

interface Place {
  ref: { installationId: string; workspaceId: string; identity: string };
  dataset: string;
  point: string;
}

/** A new workspace's files, mounted. */
async function newPlace(): Promise<Place> {
  const { installationId, client, context } = agent;
  const workspaceId = newPublicId("wsp");
  const made = { installationId, workspaceId, datasetGeneration: 1, quotaGb: 1, identity: null };
  const { identity } = await client.call("workspace.ensure", made);
  const ref = { installationId, workspaceId, identity };
  const dataset = context.workspaces.dataset(workspaceId, 1);
  return { ref, dataset, point: context.workspaces.mountPoint(workspaceId, 1) };
}

/** Whether each is mounted and answers. */
async function answers(places: readonly Place[]): Promise<boolean[]> {
  const looks = places.map(({ point }) =>
    run(["stat", "--file-system", "--format=%f", "--", point], { timeoutMs: answerMs }),
  );
  return (await Promise.all(looks)).map(({ code }) => code === 0);
}

it("mounts many workspaces that are asked for at once, and each answers", async () => {
  const places: Place[] = [];
  while (places.length < many) places.push(await newPlace());
  for (let round = 0; round < rounds; round++) {
    for (const { point } of places) await unmount(point);
    await Promise.all(places.map(({ dataset, point }) => ensureMounted(dataset, point)));
  }
  expect(await answers(places)).toEqual(places.map(() => true));
});

it("mounts at once what was unmounted just now, which ZFS still calls busy", async () => {
  const place = await newPlace();
  const { dataset, point } = place;
  for (let round = 0; round < 20; round++) {
    await unmount(point);
    await ensureMounted(dataset, point);
  }
  expect(await answers([place])).toEqual([true]);
});

it("restores beside mounts, and leaves what it restores unmounted", async () => {
  const { workspaces } = agent.context;
  const [mounted, restored] = [[await newPlace()], [await newPlace()]];
  while (restored.length < many / 4) {
    mounted.push(await newPlace());
    restored.push(await newPlace());
  }
  const snapshotId = newPublicId("snp");
  for (const { ref } of restored) await workspaces.snapshot({ ...ref, datasetGeneration: 1 }, snapshotId);
  for (const { point } of mounted) await unmount(point);
  await Promise.all([
    ...mounted.map(({ dataset, point }) => ensureMounted(dataset, point)),
    ...restored.map(({ ref }) => workspaces.restore(ref, snapshotId, { generation: 2, quotaGb: 1 })),
  ]);
  expect(await answers([...mounted, ...restored])).not.toContain(false);
  for (const { ref } of restored)
    expect(await mountOn(workspaces.mountPoint(ref.workspaceId, 2))).toBeUndefined();
});

/** The kernel's own ZFS has no daemon that could hang. */
const hasDaemon = !existsSync("/dev/zfs");

it.runIf(hasDaemon)("does not touch a new mount whose daemon hangs", async () => {
  const { dataset, point } = await newPlace();
  await unmount(point);
  const daemon = (await runOk(["pgrep", "--exact", "zfs-fuse"])).trim();
  expect(daemon, "the number of one process").toMatch(/^\d+$/);
  const folder = await mkdtemp(join(tmpdir(), "mf-zfs-"));
  // Stands in for a daemon that hangs just then.
  const program = `#!/bin/sh\nPATH=${basicChildEnv().PATH} zfs "$@" && kill -STOP ${daemon}\n`;
  await writeFile(join(folder, "zfs"), program, { mode: 0o755 });
  vi.stubEnv("PATH", `${folder}:${basicChildEnv().PATH}`);
  try {
    await expect(ensureMounted(dataset, point)).rejects.toMatchObject({ code: "storage_unavailable" });
  } finally {
    vi.unstubAllEnvs();
    process.kill(Number(daemon), "SIGCONT");
    await rm(folder, { recursive: true });
  }
  await ensureMounted(dataset, point);
});
