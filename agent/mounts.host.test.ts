import { afterAll, beforeAll, expect, it } from "vitest";
import { newPublicId } from "@/lib/kernel/ids";
import { ensureMounted, unmount } from "./mounts";
import { run } from "./run";
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

it("mounts many workspaces that are asked for at once, and each answers", async () => {
  const { installationId, client, context } = agent;
  const places = Array.from({ length: many }, () => {
    const workspaceId = newPublicId("wsp");
    const dataset = context.workspaces.dataset(workspaceId, 1);
    return { workspaceId, dataset, point: context.workspaces.mountPoint(workspaceId, 1) };
  });
  for (const { workspaceId } of places) {
    const made = { installationId, workspaceId, datasetGeneration: 1, quotaGb: 1, identity: null };
    await client.call("workspace.ensure", made);
  }
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
