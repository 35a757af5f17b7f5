import { and, eq } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  auditLog,
  nodes,
  operations,
  sessionProbes,
  sessions,
  snapshots,
  sshKeys,
  users,
  workspaces,
} from "@/db/schema";
import { inTransaction } from "@/db/tx";
import { AgentError } from "@/lib/agent-protocol/verbs";
import { required } from "@/lib/kernel/assert";
import { keysChanged } from "@/lib/sessions/commands/keys";
import { launchSession } from "@/lib/sessions/commands/launch";
import { requestStopAll, stopSession } from "@/lib/sessions/commands/stop";
import type { LaunchInput } from "@/lib/sessions/model";
import { seedUser } from "@/lib/sessions/testing";
import {
  type CommandContext,
  requestDelete,
  requestRestore,
  requestSnapshot,
} from "@/lib/workspaces/commands";
import { listSnapshots, listWorkspaces } from "@/lib/workspaces/queries";
import { probeSsh } from "./adapters/ssh-probe";
import { until, WorkerLab } from "./testing/lab";

let lab: WorkerLab;
beforeAll(async () => {
  lab = await WorkerLab.start({ gpus: 4 });
});
afterAll(() => lab.close());

const person = () => seedUser(lab.db, { wake: () => lab.wake() });

async function launched(input: LaunchInput = {}): Promise<{ context: CommandContext; slug: string }> {
  const context = await person();
  const slug = await launchSession(context, "external", input);
  return { context, slug };
}

async function stopped(context: CommandContext, slug: string): Promise<void> {
  await stopSession(context, "external", slug);
  await lab.reaches(slug, "STOPPED", "ERROR");
}

async function operationEnds(id: string) {
  return until(`operation ${id} ends`, async () => {
    const [row] = await lab.db.select().from(operations).where(eq(operations.publicId, id));
    return row && (row.state === "SUCCEEDED" || row.state === "FAILED") ? row : null;
  });
}

async function hostKeyOf(workspaceId: number): Promise<string> {
  const [row] = await lab.db.select().from(workspaces).where(eq(workspaces.id, workspaceId));
  return required(row?.hostPublicKey, "the workspace's host key");
}

const container = (slug: string) => lab.agent.host.containers.get(slug);

describe("a session's life", () => {
  test("from launch to RUNNING, every step on the timeline; stop takes one snapshot and frees everything", async () => {
    const { context, slug } = await launched({ ttlMinutes: 60 });
    const running = await lab.reaches(slug, "RUNNING");
    expect(running.bootId).toBe(lab.agent.host.bootId);
    expect(
      required(running.stopsAt, "limit").getTime() - required(running.runningAt, "start").getTime(),
    ).toBe(3_600_000);
    expect(container(slug)?.info).toMatchObject({ sshPort: running.sshPort, generation: running.generation });
    expect(container(slug)?.keys).toHaveLength(1);
    await stopped(context, slug);
    await stopSession(context, "external", slug);
    const row = await lab.session(slug);
    expect(row).toMatchObject({ state: "STOPPED", stopReason: "user", error: null, claimOwner: null });
    expect(container(slug)).toBeUndefined();
    expect(await lab.events(slug)).toEqual([
      "requested",
      "workspace_ready",
      "container_started",
      "running",
      "stop_requested",
      "snapshot_taken",
      "stopped",
    ]);
    const taken = await lab.db.select().from(snapshots).where(eq(snapshots.workspaceId, row.workspaceId));
    expect(taken).toMatchObject([{ publicId: row.stopSnapshotId, reason: "stop", generation: 1 }]);
  });

  test("the next session on the workspace has the same host key", async () => {
    const { context, slug } = await launched();
    const first = await lab.reaches(slug, "RUNNING");
    const hostPublicKey = await hostKeyOf(first.workspaceId);
    await stopped(context, slug);
    const again = await launchSession(context, "external", {});
    const second = await lab.reaches(again, "RUNNING");
    expect(await hostKeyOf(second.workspaceId)).toBe(hostPublicKey);
    // What answers on the second session's port proves the first one's key.
    await probeSsh({ host: "127.0.0.1", port: second.sshPort, hostPublicKey }, 1_000);
    await stopped(context, again);
  });

  test("a stop during the start fences the start out", async () => {
    let release = () => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    lab.agent.inject({ verb: "session.start", when: "before", act: () => held });
    // Other loops call too, so that it need not be the last call.
    const starts = () => lab.agent.calls.filter((verb) => verb === "session.start").length;
    const before = starts();
    const { context, slug } = await launched();
    await until("the start is under way", async () => starts() > before);
    await stopSession(context, "external", slug);
    const ended = await lab.reaches(slug, "STOPPED");
    release();
    expect(ended.runningAt).toBeNull();
    expect(await lab.events(slug)).not.toContain("snapshot_taken");
    await until("the late start is answered", async () => {
      const lines = lab.workers.flatMap(({ lines }) => lines).filter((line) => line.includes(slug));
      return lines.some((line) => line.includes("failed") || line.includes("Taken over"));
    });
    expect(container(slug)).toBeUndefined();
    expect((await lab.session(slug)).state).toBe("STOPPED");
  });

  test("a time limit ends it, snapshot first", async () => {
    const { slug } = await launched({ ttlMinutes: 1 });
    await lab.reaches(slug, "RUNNING");
    await lab.db.execute(
      `update sessions set stops_at = utc_timestamp(3) - interval 1 second where slug = '${slug}'`,
    );
    const row = await lab.reaches(slug, "STOPPED");
    expect(row.stopReason).toBe("time_limit");
    expect(await lab.events(slug)).toContain("snapshot_taken");
  });

  test("changed keys reach it; an account without keys locks its session", async () => {
    const { context, slug } = await launched();
    await lab.reaches(slug, "RUNNING");
    await inTransaction(lab.db, async (tx) => {
      await tx.delete(sshKeys).where(eq(sshKeys.userId, context.actor.userId));
      await keysChanged(tx, context.actor.userId);
    });
    lab.wake();
    await until("the keys are gone", async () => container(slug)?.keys.length === 0);
    await until("the push is recorded", async () => (await lab.events(slug)).includes("keys_updated"));
    await stopped(context, slug);
  });
});

describe("a start that fails", () => {
  test("moves on from a port that the host has in use", async () => {
    lab.agent.inject({
      verb: "session.start",
      when: "before",
      act: () => {
        throw new AgentError("port_busy", "taken");
      },
      times: 2,
    });
    const { context, slug } = await launched();
    const row = await lab.reaches(slug, "RUNNING");
    expect((await lab.events(slug)).filter((kind) => kind === "port_moved")).toHaveLength(2);
    expect(container(slug)?.info.sshPort).toBe(row.sshPort);
    await stopped(context, slug);
  });

  test("says why, ends in ERROR and keeps the workspace", async () => {
    lab.agent.inject({
      verb: "session.start",
      when: "before",
      act: () => {
        throw new AgentError("no_such_gpu", "The host no longer has GPU 7");
      },
    });
    const { context, slug } = await launched();
    const row = await lab.reaches(slug, "ERROR");
    expect(row).toMatchObject({ error: "The host no longer has GPU 7", stopReason: "start_failed" });
    expect(await lab.events(slug)).toEqual(["requested", "workspace_ready", "failed", "stopped"]);
    const page = await listWorkspaces(lab.db, context.actor, "external", { limit: 50 });
    expect(page.data).toMatchObject([{ name: "default", activeSession: null }]);
  });

  test("tells of a container that ended by itself", async () => {
    const context = await person();
    let slug = "";
    lab.agent.inject({
      verb: "session.start",
      when: "after",
      act: async () => {
        slug = [...lab.agent.host.containers.keys()].at(-1) ?? "";
        await lab.agent.host.exit(slug, 3);
      },
    });
    const launchedSlug = await launchSession(context, "external", {});
    const row = await lab.reaches(launchedSlug, "ERROR");
    expect(launchedSlug).toBe(slug);
    expect(row.error).toContain("exit code 3");
    expect(row.error).toContain("simulated log");
  });

  test("is tried again a bounded number of times when it may pass", async () => {
    lab.agent.inject({
      verb: "session.start",
      when: "before",
      act: () => {
        throw new AgentError("failed", "The engine hiccuped");
      },
      times: 2,
    });
    const { context, slug } = await launched();
    await lab.reaches(slug, "RUNNING");
    expect(await lab.events(slug)).toContain("waiting");
    await stopped(context, slug);
  });

  test("waits for a silent host without end, with a condition to see", async () => {
    await lab.agent.silence();
    const context = await person();
    const slug = await launchSession(context, "external", {});
    await until("the condition shows", async () => (await lab.session(slug)).condition !== null);
    expect((await lab.session(slug)).state).toBe("STARTING");
    await lab.agent.open();
    await lab.reaches(slug, "RUNNING");
    expect((await lab.session(slug)).condition).toBeNull();
    await stopped(context, slug);
  });
});

describe("what the host does by itself", () => {
  test("a silent host changes nothing but a visible condition", async () => {
    const { context, slug } = await launched();
    await lab.reaches(slug, "RUNNING");
    await lab.agent.silence();
    await until("the condition shows", async () => (await lab.session(slug)).condition !== null);
    expect((await lab.session(slug)).state).toBe("RUNNING");
    const [node] = await lab.db.select().from(nodes);
    expect(node?.unreachableSince).not.toBeNull();
    await expect(launchSession(await person(), "external", {})).rejects.toThrow(/has not answered since/);
    await lab.agent.open();
    await until("the condition clears", async () => (await lab.session(slug)).condition === null);
    expect((await lab.session(slug)).state).toBe("RUNNING");
    await stopped(context, slug);
  });

  test.each(["engine", "reboot"] as const)(
    "after %s restart the session comes back in its place",
    async (kind) => {
      const { context, slug } = await launched({ ttlMinutes: 30 });
      const before = await lab.reaches(slug, "RUNNING");
      await lab.agent.host.restartEngine(kind);
      await until("it is restarted", async () => (await lab.events(slug)).includes("restarting"));
      const after = await lab.reaches(slug, "RUNNING");
      for (const key of ["gpuId", "sshPort", "workspaceId", "runningAt", "stopsAt"] as const) {
        expect(after[key]).toEqual(before[key]);
      }
      expect(container(slug)?.info.state).toBe("running");
      await stopped(context, slug);
    },
  );

  test("a container that ends under a live engine is an ERROR, with a snapshot", async () => {
    const { slug } = await launched();
    await lab.reaches(slug, "RUNNING");
    await lab.agent.host.exit(slug, 1);
    const row = await lab.reaches(slug, "ERROR");
    expect(row).toMatchObject({ stopReason: "exited" });
    expect(row.error).toContain("exit code 1");
    expect(await lab.events(slug)).toContain("snapshot_taken");
  });

  test("so is one that was started before the restarted engine was looked at", async () => {
    const { host } = lab.agent;
    // Between the look at the host and the start: the node's row still names the engine before.
    lab.agent.inject({ verb: "session.start", when: "before", act: () => host.restartEngine("engine") });
    const { slug } = await launched();
    const { engineStartedAt } = await lab.reaches(slug, "RUNNING");
    expect(engineStartedAt).toEqual(host.engineStartedAt);
    await host.exit(slug, 1);
    expect(await lab.reaches(slug, "ERROR")).toMatchObject({ stopReason: "exited" });
    expect(await lab.events(slug)).not.toContain("restarting");
  });

  test("a session whose workspace died under it says so, and is started again once the pool is back", async () => {
    const { context, slug } = await launched();
    const before = await lab.reaches(slug, "RUNNING");
    const { host } = lab.agent;
    host.storageReady = false;
    required(container(slug), "container").info.workspaceAlive = false;
    await until(
      "it says so",
      async () => (await lab.session(slug)).condition?.includes("went away") ?? false,
    );
    expect((await lab.session(slug)).state).toBe("RUNNING");
    host.storageReady = true;
    await until("it is restarted", async () => (await lab.events(slug)).includes("restarting"));
    const after = await lab.reaches(slug, "RUNNING");
    expect(after.condition).toBeNull();
    for (const key of ["gpuId", "sshPort", "workspaceId", "runningAt"] as const) {
      expect(after[key]).toEqual(before[key]);
    }
    await stopped(context, slug);
  });

  test("a start waits without end for a pool that is away", async () => {
    const away = () => {
      throw new AgentError("storage_unavailable", "ZFS does not answer");
    };
    lab.agent.inject({ verb: "workspace.ensure", when: "before", times: 2, act: away });
    const { context, slug } = await launched();
    const row = await lab.reaches(slug, "RUNNING");
    expect(row.attempts).toBe(0);
    expect(await lab.events(slug)).toContain("waiting");
    await stopped(context, slug);
  });

  test("an orphan is snapshotted, removed and audited; its workspace stays", async () => {
    const { context, slug } = await launched();
    const row = await lab.reaches(slug, "RUNNING");
    const info = required(container(slug), "container").info;
    await stopped(context, slug);
    const orphan = "orphan22";
    const [workspace] = await lab.db.select().from(workspaces).where(eq(workspaces.id, row.workspaceId));
    await lab.agent.host.handlers["session.start"]({
      installationId: "ins_aaaaaaaaaaaaaaaa",
      slug: orphan,
      generation: 3,
      exposure: "external",
      workspaceId: info.workspaceId,
      datasetGeneration: 1,
      identity: required(workspace?.identity, "identity"),
      gpuUuid: info.gpuUuid,
      sshPort: info.sshPort,
      pack: "base",
      authorizedKeys: [],
      cpus: 1,
      memoryMiB: 256,
    });
    await until("the audit tells", async () => {
      const rows = await lab.db
        .select()
        .from(auditLog)
        .where(and(eq(auditLog.action, "session.orphan_removed"), eq(auditLog.resource, orphan)));
      return rows.length === 1;
    });
    expect(container(orphan)).toBeUndefined();
    const page = await listSnapshots(lab.db, context.actor, "external", info.workspaceId, { limit: 50 });
    expect(page.data.map(({ reason }) => reason)).toEqual(["recovery", "stop"]);
    expect(lab.agent.host.workspaces.has(info.workspaceId)).toBe(true);
  });
});

describe("operations on a workspace", () => {
  test("snapshot while it runs, restore refused until it is stopped, restore, delete", async () => {
    const { context, slug } = await launched();
    await lab.reaches(slug, "RUNNING");
    const { data } = await listWorkspaces(lab.db, context.actor, "external", { limit: 1 });
    const id = required(data[0], "workspace").id;
    const asked = await requestSnapshot(context, "external", { id, name: "before lunch" });
    expect(asked).toMatchObject({ kind: "snapshot", state: "QUEUED" });
    const snapshot = required((await operationEnds(asked.id)).snapshotPublicId, "snapshot");
    const restore = () => requestRestore(context, "external", { id, snapshotId: snapshot });
    await expect(restore()).rejects.toThrow(`Session ${slug} uses workspace "default". Stop it first.`);
    await stopped(context, slug);
    expect((await operationEnds((await restore()).id)).state).toBe("SUCCEEDED");
    const page = await listSnapshots(lab.db, context.actor, "external", id, { limit: 50 });
    expect(page.data.map(({ reason, current }) => [reason, current])).toEqual([
      ["pre_restore", false],
      ["stop", false],
      ["manual", false],
    ]);
    const again = await launchSession(context, "external", {});
    expect((await lab.reaches(again, "RUNNING")).workspaceGeneration).toBe(2);
    await expect(requestDelete(context, "external", { id })).rejects.toThrow("Stop it first");
    await stopped(context, again);
    await operationEnds((await requestDelete(context, "external", { id })).id);
    expect(lab.agent.host.workspaces.has(id)).toBe(false);
    expect((await listWorkspaces(lab.db, context.actor, "external", { limit: 50 })).data).toEqual([]);
  });

  test("a failure is told and leaves the workspace usable", async () => {
    const { context, slug } = await launched();
    await lab.reaches(slug, "RUNNING");
    await stopped(context, slug);
    const { data } = await listWorkspaces(lab.db, context.actor, "external", { limit: 1 });
    const id = required(data[0], "workspace").id;
    lab.agent.inject({
      verb: "workspace.snapshot",
      when: "before",
      act: () => {
        throw new AgentError("no_space", "The pool is full");
      },
    });
    const ended = await operationEnds((await requestSnapshot(context, "external", { id })).id);
    expect(ended).toMatchObject({ state: "FAILED", error: "The pool is full" });
    const next = await operationEnds((await requestSnapshot(context, "external", { id })).id);
    expect(next.state).toBe("SUCCEEDED");
  });
});

describe("what a session can reach", () => {
  const runsOf = async (slug: string) => {
    const { id } = await lab.session(slug);
    return lab.db
      .select()
      .from(sessionProbes)
      .where(eq(sessionProbes.sessionId, id))
      .orderBy(sessionProbes.id);
  };

  test("is tried after the start, kept, and a leak is told while the session runs on", async () => {
    const { context, slug } = await launched();
    await lab.reaches(slug, "RUNNING");
    await until("it is probed", async () => (await runsOf(slug)).length > 0);
    expect(await runsOf(slug)).toMatchObject([{ cause: "started", ok: true, refused: 2, reached: 1 }]);
    const { generation } = await lab.session(slug);

    lab.agent.host.leaks = ["10.0.0.1:80"];
    lab.agent.host.fenceChanges = { count: 1, at: "2026-11-25T02:00:00.001Z" };
    await until("it is probed anew", async () => (await runsOf(slug)).length > 1);
    expect((await runsOf(slug))[1]).toMatchObject({ cause: "firewall", ok: false, refused: 2, reached: 2 });
    const broken = await lab.session(slug);
    expect(broken.isolationFault).toBe("Isolation is broken: reached 10.0.0.1:80.");
    // Nothing of the session's own was claimed for it.
    expect(broken).toMatchObject({ state: "RUNNING", generation, claimOwner: null });
    await until("the log tells", async () =>
      lab.workers.some(({ lines }) => lines.some((line) => line.includes("Isolation is broken."))),
    );

    lab.agent.host.leaks = [];
    lab.agent.host.fenceChanges = { count: 2, at: "2026-11-25T02:00:01.001Z" };
    await until("it holds again", async () => (await lab.events(slug)).includes("isolation_restored"));
    await stopped(context, slug);
  });

  test("is tried again when the agent could not say", async () => {
    lab.agent.inject({
      verb: "session.probe",
      when: "before",
      act: () => {
        throw new AgentError("failed", "A probe ended with EMFILE, which proves nothing");
      },
    });
    const { context, slug } = await launched();
    await lab.reaches(slug, "RUNNING");
    await until("it is put off", async () =>
      lab.workers.some(({ lines }) => lines.some((line) => line.includes("EMFILE"))),
    );
    expect(await runsOf(slug)).toEqual([]);
    await lab.db.update(sessions).set({ probeDueAt: new Date() }).where(eq(sessions.slug, slug));
    await until("it is probed", async () => (await runsOf(slug)).length === 1);
    await stopped(context, slug);
  });

  test("of an internal session is nothing", async () => {
    const context = await person();
    await lab.db.update(users).set({ canUseInternal: true }).where(eq(users.id, context.actor.userId));
    const slug = await launchSession(context, "internal", {});
    await lab.reaches(slug, "RUNNING");
    expect(container(slug)?.info.exposure).toBe("internal");
    await until("it is probed", async () => (await runsOf(slug)).length > 0);
    expect(await runsOf(slug)).toMatchObject([{ ok: true, refused: 2, reached: 0 }]);
    await stopSession(context, "internal", slug);
    await lab.reaches(slug, "STOPPED");
  });
});

test("a shutdown that takes the sessions along stops them all, snapshot first", async () => {
  const slugs = [(await launched()).slug, (await launched()).slug];
  for (const slug of slugs) await lab.reaches(slug, "RUNNING");
  expect(await requestStopAll(lab.db, "The installation is shut down.")).toBe(slugs.length);
  lab.wake();
  for (const slug of slugs) {
    const row = await lab.reaches(slug, "STOPPED");
    expect(row.stopReason).toBe("shutdown");
    expect(await lab.events(slug)).toContain("snapshot_taken");
  }
});
