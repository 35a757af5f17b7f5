import { and, eq } from "drizzle-orm";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { dbNow } from "@/db/clock";
import { auditLog, nodes, operations, sshKeys, workspaces } from "@/db/schema";
import { inTransaction } from "@/db/tx";
import { AgentError, type VerbName } from "@/lib/agent-protocol/verbs";
import { required } from "@/lib/kernel/assert";
import { newPublicId } from "@/lib/kernel/ids";
import { keysChanged } from "@/lib/sessions/commands/keys";
import { launchSession } from "@/lib/sessions/commands/launch";
import { stopSession } from "@/lib/sessions/commands/stop";
import { seedUser } from "@/lib/sessions/testing";
import {
  type CommandContext,
  createWorkspace,
  requestDelete,
  requestSnapshot,
} from "@/lib/workspaces/commands";
import { until, WorkerLab } from "./testing/lab";
import { parallelSessions } from "./tunables";

let lab: WorkerLab;
beforeAll(async () => {
  lab = await WorkerLab.start({ gpus: parallelSessions + 1 });
});
afterAll(() => lab.close());
afterEach(() => lab.agent.heal());

const always = Number.POSITIVE_INFINITY;
const container = (slug: string) => lab.agent.host.containers.get(slug);
const asked = (verb: VerbName) => lab.agent.calls.filter((call) => call === verb).length;
const said = (text: string) => lab.workers.some(({ lines }) => lines.some((line) => line.includes(text)));

async function running(): Promise<{ who: CommandContext; slug: string }> {
  const who = await seedUser(lab.db, { wake: () => lab.wake() });
  const slug = await launchSession(who, "external", {});
  await lab.reaches(slug, "RUNNING");
  return { who, slug };
}

async function stopped({ who, slug }: { who: CommandContext; slug: string }): Promise<void> {
  await stopSession(who, "external", slug);
  await lab.reaches(slug, "STOPPED");
}

/** A verb that hangs until `release` is called. */
function hang(
  verb: VerbName,
  when: "before" | "after",
  times: number,
): { release: () => void; hung: () => number } {
  let release = () => {};
  let hung = 0;
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  const act = () => {
    hung++;
    return held;
  };
  lab.agent.inject({ verb, when, times, act });
  return { release, hung: () => hung };
}

async function removeKeys(who: CommandContext): Promise<void> {
  await inTransaction(lab.db, async (tx) => {
    await tx.delete(sshKeys).where(eq(sshKeys.userId, who.actor.userId));
    await keysChanged(tx, who.actor.userId);
  });
  lab.wake();
}

describe("changed keys", () => {
  test("that don't get through are pushed again and again, with one condition all the while", async () => {
    const session = await running();
    const { who, slug } = session;
    const act = () => {
      throw new AgentError("failed", "The disk hiccuped");
    };
    lab.agent.inject({ verb: "session.pushKeys", when: "before", times: always, act });
    await removeKeys(who);
    const pending = "The changed SSH keys have not reached the session yet.";
    await until("the condition shows", async () => (await lab.session(slug)).condition === pending);
    const [looks, pushes] = [asked("health"), asked("session.pushKeys")];
    await until("host and session were seen to meanwhile", async () => asked("health") >= looks + 4);
    expect(asked("session.pushKeys")).toBeGreaterThan(pushes);
    expect((await lab.session(slug)).condition).toBe(pending);
    expect((await lab.events(slug)).filter((kind) => kind === "waiting")).toHaveLength(1);
    lab.agent.heal();
    await until("they are pushed", async () => (await lab.session(slug)).condition === null);
    expect(container(slug)?.keys).toEqual([]);
    await stopped(session);
  });

  test("don't wait for stops that take long", async () => {
    const others = [];
    for (let n = 0; n < parallelSessions; n++) others.push(await running());
    const session = await running();
    const stops = hang("session.stop", "before", parallelSessions);
    for (const { who, slug } of others) await stopSession(who, "external", slug);
    await until("all stops hang", async () => stops.hung() === parallelSessions);
    await removeKeys(session.who);
    await until("the keys are gone", async () => container(session.slug)?.keys.length === 0);
    expect((await lab.session(others[0]?.slug ?? "")).state).toBe("STOPPING");
    stops.release();
    for (const { slug } of others) await lab.reaches(slug, "STOPPED");
    await stopped(session);
  });
});

describe("orphans", () => {
  const removals = (slug: string) =>
    lab.db
      .select()
      .from(auditLog)
      .where(and(eq(auditLog.action, "session.orphan_removed"), eq(auditLog.resource, slug)));

  test("a session that ended between the look at the host and the look at its row is none", async () => {
    const session = await running();
    // Whoever asks: what runs where it should, and what runs for nobody.
    const lists = hang("session.list", "after", 2);
    await until("both lists have it and are held back", async () => lists.hung() === 2);
    await stopped(session);
    const stops = asked("session.stop");
    lists.release();
    const next = asked("session.list");
    await until("the lists were acted on", async () => asked("session.list") >= next + 2);
    expect(asked("session.stop")).toBe(stops);
    expect(await removals(session.slug)).toEqual([]);
  });

  test("one that can't be removed doesn't keep the others", async () => {
    const workspaceId = newPublicId("wsp");
    const ref = { installationId: newPublicId("ins"), workspaceId, datasetGeneration: 1 };
    const { handlers, gpuUuids } = lab.agent.host;
    const { identity } = await handlers["workspace.ensure"]({ ...ref, quotaGb: 1, identity: null });
    const act = (slug: string) => {
      if (slug === "stuckaaa") throw new AgentError("failed", "The engine can't remove it");
    };
    lab.agent.inject({ verb: "session.stop", when: "before", times: always, act });
    for (const [index, slug] of ["stuckaaa", "looseaaa"].entries()) {
      await handlers["session.start"]({
        ...ref,
        slug,
        generation: 1,
        identity,
        gpuUuid: required(gpuUuids[index], "a GPU"),
        sshPort: 10_990 + index,
        pack: "base",
        authorizedKeys: [],
        cpus: 1,
        memoryMiB: 256,
      });
    }
    await until("the other is removed", async () => (await removals("looseaaa")).length === 1);
    expect(container("stuckaaa")).toBeDefined();
    lab.agent.heal();
    await until("it is removed as well", async () => (await removals("stuckaaa")).length === 1);
  });
});

test("a host that misses one question is not called silent", async () => {
  const session = await running();
  const act = () => {
    throw new AgentError("failed", "Busy just then");
  };
  lab.agent.inject({ verb: "health", when: "before", act });
  await until("the worker met it", async () => said("Busy just then"));
  const looks = asked("health");
  await until("it was asked again", async () => asked("health") > looks);
  const [node] = await lab.db.select().from(nodes);
  expect(node?.unreachableSince).toBeNull();
  expect((await lab.session(session.slug)).condition).toBeNull();
  await stopped(session);
});

describe("operations", () => {
  const operation = async (id: string) => {
    const [row] = await lab.db.select().from(operations).where(eq(operations.publicId, id));
    return required(row, `operation ${id}`);
  };
  const ends = (id: string, state: "SUCCEEDED" | "FAILED") =>
    until(`operation ${id} is ${state}`, async () => (await operation(id)).state === state);

  async function usedWorkspace(): Promise<{ who: CommandContext; id: string }> {
    const session = await running();
    await stopped(session);
    const { workspaceId } = await lab.session(session.slug);
    const [row] = await lab.db.select().from(workspaces).where(eq(workspaces.id, workspaceId));
    return { who: session.who, id: required(row, "workspace").publicId };
  }

  test("say what they wait for", async () => {
    const { who, id } = await usedWorkspace();
    await lab.agent.silence();
    const { id: wish } = await requestSnapshot(who, "external", { id });
    await until("the condition shows", async () => (await operation(wish)).condition !== null);
    expect((await operation(wish)).condition).toMatch(/^The GPU host does not answer/);
    await lab.agent.open();
    await ends(wish, "SUCCEEDED");
    expect((await operation(wish)).condition).toBeNull();
  });

  test("that fail in the worker itself are tried some times, then say so", async () => {
    const { who, id } = await usedWorkspace();
    const [row] = await lab.db.select().from(workspaces).where(eq(workspaces.publicId, id));
    const publicId = newPublicId("opn");
    await lab.db.insert(operations).values({
      publicId,
      kind: "snapshot",
      workspaceId: required(row, "workspace").id,
      requestedBy: who.actor.userId,
      // Nothing writes such a row; were it so, nobody must wait for ever.
      snapshotPublicId: null,
      createdAt: dbNow,
      nextAttemptAt: dbNow,
    });
    await ends(publicId, "FAILED");
    expect(await operation(publicId)).toMatchObject({
      error: "The worker failed; its log says why.",
      attempts: 2,
    });
  });

  test("are let go of once their claim is lost, while the agent is still at it", async () => {
    const { who, id } = await usedWorkspace();
    const destroys = hang("workspace.destroy", "before", 1);
    const { id: wish } = await requestDelete(who, "external", { id });
    await until("the destroying hangs", async () => destroys.hung() === 1);
    await lab.db.update(operations).set({ claimOwner: "other" }).where(eq(operations.publicId, wish));
    await until("the worker lets go", async () => said("Taken over by another worker."));
    destroys.release();
    await ends(wish, "SUCCEEDED");
  });

  test("deleting a workspace that nobody used makes nothing on the host first", async () => {
    const who = await seedUser(lab.db, { wake: () => lab.wake() });
    const { id } = await createWorkspace(who, "external", { name: "unused" });
    const made = asked("workspace.ensure");
    const { id: wish } = await requestDelete(who, "external", { id });
    await ends(wish, "SUCCEEDED");
    expect(asked("workspace.ensure")).toBe(made);
  });
});
