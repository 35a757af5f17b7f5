import { eq } from "drizzle-orm";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { gpus, sshKeys } from "@/db/schema";
import { AgentError, type AgentErrorCode, type VerbName } from "@/lib/agent-protocol/verbs";
import { required } from "@/lib/kernel/assert";
import { newPublicId } from "@/lib/kernel/ids";
import { launchSession } from "@/lib/sessions/commands/launch";
import { stopSession } from "@/lib/sessions/commands/stop";
import { seedUser } from "@/lib/sessions/testing";
import type { CommandContext } from "@/lib/workspaces/commands";
import { until, WorkerLab } from "./testing/lab";

let lab: WorkerLab;
beforeAll(async () => {
  lab = await WorkerLab.start({ gpus: 2 });
});
afterAll(() => lab.close());
afterEach(() => {
  lab.agent.heal();
  lab.agent.host.sshdWorks = true;
  lab.agent.host.foreignGpus.clear();
});

const host = () => lab.agent.host;

async function launched(): Promise<{ who: CommandContext; slug: string }> {
  const who = await seedUser(lab.db, { wake: () => lab.wake() });
  return { who, slug: await launchSession(who, "external", {}) };
}

async function stopped(who: CommandContext, slug: string): Promise<void> {
  await stopSession(who, "external", slug);
  await lab.reaches(slug, "STOPPED");
}

/** Orders the agent to refuse a verb, each time unless told how often. */
function refuse(
  verb: VerbName,
  code: AgentErrorCode,
  message: string,
  times = Number.POSITIVE_INFINITY,
): void {
  const act = () => {
    throw new AgentError(code, message);
  };
  lab.agent.inject({ verb, when: "before", act, times });
}

const waits = async (slug: string) => (await lab.events(slug)).filter((kind) => kind === "waiting").length;

describe("a GPU that the host has in use", () => {
  test("is asked for again some times, with a condition; then the session says what held it", async () => {
    for (const uuid of host().gpuUuids) host().foreignGpus.add(uuid);
    const { slug } = await launched();
    const condition = await until("the condition shows", async () => (await lab.session(slug)).condition);
    expect(condition).toMatch(/^Starting did not succeed yet: GPU .* is held by another container$/);
    const { error } = await lab.reaches(slug, "ERROR");
    expect(error).toMatch(/is held by another container$/);
    expect(await waits(slug)).toBe(1);
  });

  test("is freed of a container that no session stands for", async () => {
    const { workspaceId, identity } = await emptyWorkspace();
    await orphan("strayaaa", workspaceId, identity);
    const { who, slug } = await launched();
    await lab.reaches(slug, "RUNNING");
    expect(host().containers.has("strayaaa")).toBe(false);
    await stopped(who, slug);
  });

  test("by one that can't be removed fails the start after a while, and no sooner", async () => {
    const { workspaceId, identity } = await emptyWorkspace();
    await orphan("stuckaaa", workspaceId, identity);
    lab.agent.inject({
      verb: "session.stop",
      when: "before",
      times: Number.POSITIVE_INFINITY,
      act: (slug) => {
        if (slug === "stuckaaa") throw new AgentError("failed", "The engine can't remove it");
      },
    });
    const { slug } = await launched();
    const { error } = await lab.reaches(slug, "ERROR");
    expect(error).toMatch(/is held by another container$/);
    lab.agent.heal();
    await until("it is removed at last", async () => !host().containers.has("stuckaaa"));
  });
});

async function emptyWorkspace(): Promise<{ workspaceId: string; identity: string }> {
  const workspaceId = newPublicId("wsp");
  const ref = { installationId: newPublicId("ins"), workspaceId, datasetGeneration: 1, quotaGb: 1 };
  const { identity } = await host().handlers["workspace.ensure"]({ ...ref, identity: null });
  return { workspaceId, identity };
}

/** A container on the GPU that the next launch gets. */
async function orphan(slug: string, workspaceId: string, identity: string): Promise<void> {
  const [first] = await lab.db.select().from(gpus).orderBy(gpus.deviceIndex).limit(1);
  const container = {
    installationId: newPublicId("ins"),
    slug,
    generation: 1,
    exposure: "external" as const,
    workspaceId,
    datasetGeneration: 1,
    identity,
    gpuUuid: required(first, "a GPU").uuid,
    pack: "base",
    authorizedKeys: [],
    cpus: 1,
    memoryMiB: 256,
  };
  await onFreePort((sshPort) => host().handlers["session.start"]({ ...container, sshPort }));
}

/** Any port will do, and other tests' sessions have some. */
async function onFreePort(start: (sshPort: number) => Promise<unknown>): Promise<void> {
  for (let port = 10_999; ; port -= 1) {
    try {
      await start(port);
      return;
    } catch (error) {
      if (!(error instanceof AgentError && error.code === "port_busy" && port > 10_000)) throw error;
    }
  }
}

describe("sshd that does not answer", () => {
  /** Launches a session whose container comes up in silence; the next one of it would speak. */
  async function launchedSilently(): Promise<{ who: CommandContext; slug: string }> {
    host().sshdWorks = false;
    const session = await launched();
    await until("its container is up", async () =>
      (await lab.events(session.slug)).includes("container_started"),
    );
    host().sshdWorks = true;
    return session;
  }

  test("in a container that runs: another one is tried", async () => {
    const { who, slug } = await launchedSilently();
    const condition = await until("the condition shows", async () => (await lab.session(slug)).condition);
    expect(condition).toMatch(/sshd does not answer on port \d+: .* Its log ends: simulated log$/);
    await lab.reaches(slug, "RUNNING");
    await stopped(who, slug);
  });

  test("in a container that went with its engine: it is started again", async () => {
    const { who, slug } = await launchedSilently();
    await host().restartEngine("engine");
    await lab.reaches(slug, "RUNNING");
    expect(await lab.events(slug)).toContain("waiting");
    await stopped(who, slug);
  });

  test("because somebody else's does: the session fails and says so", async () => {
    lab.agent.inject({ verb: "session.start", when: "after", act: (slug) => host().impersonate(slug) });
    const { slug } = await launched();
    const { error, sshPort } = await lab.reaches(slug, "ERROR");
    expect(error).toBe(`Another SSH server than the session's answers on port ${sshPort}.`);
  });
});

describe("after a reboot", () => {
  test.each([
    ["workspace.ensure", "no_such_workspace"],
    ["session.start", "no_such_gpu"],
  ] as const)("a session that ran before waits out %s refused by %s", async (verb, code) => {
    const { who, slug } = await launched();
    await lab.reaches(slug, "RUNNING");
    refuse(verb, code, "Not there yet", 4);
    await host().restartEngine("reboot");
    await until("it waits", async () => (await waits(slug)) > 0);
    await lab.reaches(slug, "RUNNING");
    await stopped(who, slug);
  });

  test("a first launch does not", async () => {
    refuse("session.start", "no_such_gpu", "This host has no such GPU");
    const { slug } = await launched();
    expect((await lab.reaches(slug, "ERROR")).error).toBe("This host has no such GPU");
    expect(await waits(slug)).toBe(0);
  });
});

test("what only the worker's log can explain is shown, and given up in the end", async () => {
  const who = await seedUser(lab.db, { wake: () => lab.wake() });
  await lab.db.update(sshKeys).set({ publicKey: "not a key" }).where(eq(sshKeys.userId, who.actor.userId));
  const slug = await launchSession(who, "external", {});
  const failed = "The worker failed; its log says why.";
  await until("the condition shows", async () => (await lab.session(slug)).condition === failed);
  expect((await lab.reaches(slug, "ERROR")).error).toBe(failed);
});

test("agent and worker of different versions: it waits and says so", async () => {
  refuse("session.start", "invalid_input", "Input of session.start: unrecognized key");
  const { who, slug } = await launched();
  const condition = await until("the condition shows", async () => (await lab.session(slug)).condition);
  expect(condition).toBe("Agent and worker are of different versions; update the older one.");
  lab.agent.heal();
  await lab.reaches(slug, "RUNNING");
  await stopped(who, slug);
});

test("a database put back from an old copy soon gets above what the agent remembers", async () => {
  const { who, slug } = await launched();
  const { generation } = await lab.reaches(slug, "RUNNING");
  await host().handlers["session.pushKeys"]({
    installationId: newPublicId("ins"),
    slug,
    generation: generation + 2_500,
    authorizedKeys: [],
  });
  await stopped(who, slug);
  expect((await lab.session(slug)).generation).toBeGreaterThan(generation + 2_500);
});
