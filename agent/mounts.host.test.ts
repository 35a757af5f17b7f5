import { existsSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { basicChildEnv } from "@/lib/kernel/env";
import { newPublicId } from "@/lib/kernel/ids";
import { ensureMounted, unmount } from "./mounts";
import { run, runOk } from "./run";
import { startAgent, type TestAgent } from "./testing/host-kit";

const slow = 180_000;
/** As many, and as often, as hang zfs-fuse when they are mounted side by side: in one round or two. */
const many = 24;
const rounds = 4;
const answerMs = 5_000;
let agent: TestAgent;

beforeAll(async () => {
  agent = await startAgent();
}, slow);

afterAll(() => agent.dispose(), slow);

interface Place {
  dataset: string;
  point: string;
}

/** A new workspace's files, mounted. */
async function newPlace(): Promise<Place> {
  const { installationId, client, context } = agent;
  const workspaceId = newPublicId("wsp");
  const made = { installationId, workspaceId, datasetGeneration: 1, quotaGb: 1, identity: null };
  await client.call("workspace.ensure", made);
  const dataset = context.workspaces.dataset(workspaceId, 1);
  return { dataset, point: context.workspaces.mountPoint(workspaceId, 1) };
}

it("mounts many workspaces that are asked for at once, and each answers", async () => {
  const places: Place[] = [];
  while (places.length < many) places.push(await newPlace());
  for (let round = 0; round < rounds; round++) {
    for (const { point } of places) await unmount(point);
    await Promise.all(places.map(({ dataset, point }) => ensureMounted(dataset, point)));
  }
  const answers = await Promise.all(
    places.map(({ point }) =>
      run(["stat", "--file-system", "--format=%f", "--", point], { timeoutMs: answerMs }),
    ),
  );
  expect(answers.map(({ code }) => code)).toEqual(places.map(() => 0));
});

/** The kernel's own ZFS has no daemon that could hang. */
const hasDaemon = !existsSync("/dev/zfs");

it.runIf(hasDaemon)("does not touch a new mount whose daemon hangs", async () => {
  const { dataset, point } = await newPlace();
  await unmount(point);
  const daemon = (await runOk(["pgrep", "--exact", "zfs-fuse"])).trim();
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
