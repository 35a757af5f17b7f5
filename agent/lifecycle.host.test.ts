import { existsSync } from "node:fs";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { newPublicId, newSlug } from "@/lib/kernel/ids";
import { mountOn } from "./mounts";
import { run, runOk } from "./run";
import { listenOnHost, makeKey, planSession, ssh, startAgent, type TestAgent } from "./testing/host-kit";

const slow = 120_000;
let agent: TestAgent;

beforeAll(async () => {
  agent = await startAgent();
}, slow);

afterAll(async () => {
  await agent.dispose();
}, slow);

afterEach(() => agent.removeSessions());

const stopInput = (session: Awaited<ReturnType<typeof planSession>>, generation = 2) => {
  const { installationId, slug, workspaceId, datasetGeneration, identity } = session.input;
  return {
    installationId,
    slug,
    generation,
    snapshotId: newPublicId("snp"),
    workspace: { installationId, workspaceId, datasetGeneration, identity },
    graceSeconds: 5,
  };
};

const refusal = (code: string) => expect.objectContaining({ name: "AgentError", code });

describe("health", () => {
  it("finds nothing wrong with the test world and knows when its engine started", async () => {
    const health = await agent.client.call("health", {});
    expect(health.problems).toEqual([]);
    expect(Date.parse(health.engineStartedAt ?? "")).toBeLessThan(Date.now());
    expect(health.engineStartedAt).toBe((await agent.client.call("health", {})).engineStartedAt);
  });
});

describe("a session's life", () => {
  it("goes from start through a real login and stop to restore and destroy", { timeout: slow }, async () => {
    const { client } = agent;
    const session = await planSession(agent, 0);
    const { input } = session;
    await client.call("session.start", input);

    const gpus = await ssh(agent, session, "nvidia-smi -L");
    expect(gpus.stdout.trim().split("\n")).toHaveLength(1);
    expect(gpus.stdout).toContain(input.gpuUuid);
    const variables = await ssh(agent, session, "echo $NVIDIA_VISIBLE_DEVICES $MEDFORGE_SESSION $HOME");
    expect(variables.stdout.trim()).toBe(`${input.gpuUuid} ${input.slug} /workspace`);
    expect((await ssh(agent, session, "echo first > note && sync && cat note")).stdout).toBe("first\n");

    const stopping = stopInput(session);
    const stopped = await client.call("session.stop", stopping);
    expect(stopped.snapshotError).toBeNull();
    expect(stopped.snapshot?.snapshotId).toBe(stopping.snapshotId);
    const ref = { installationId: input.installationId, workspaceId: input.workspaceId };
    expect(
      await client.call("session.inspect", { installationId: input.installationId, slug: input.slug }),
    ).toEqual({
      session: null,
      logTail: "",
    });
    expect(existsSync(agent.context.configs.path(input.slug))).toBe(false);

    const again = await client.call("session.stop", stopping);
    expect(again.snapshot?.snapshotId).toBe(stopping.snapshotId);
    expect((await client.call("workspace.list", ref)).snapshots).toHaveLength(1);

    const second = { ...session, input: { ...input, slug: newSlug(), generation: 1 } };
    await client.call("session.start", second.input);
    expect((await ssh(agent, second, "cat note && echo second > note")).stdout).toBe("first\n");
    const restore = {
      ...ref,
      identity: input.identity,
      snapshotId: stopping.snapshotId,
      newGeneration: 2,
      quotaGb: 2,
    };
    await expect(client.call("workspace.restore", restore)).rejects.toEqual(refusal("workspace_in_use"));
    const destroy = { ...ref, identity: input.identity };
    await expect(client.call("workspace.destroy", destroy)).rejects.toEqual(refusal("workspace_in_use"));
    await client.call("session.stop", stopInput(second));

    await client.call("workspace.restore", restore);
    await client.call("workspace.restore", restore);
    await client.call("workspace.ensure", {
      ...ref,
      datasetGeneration: 2,
      quotaGb: 2,
      identity: input.identity,
    });
    const restored = { ...session, input: { ...input, slug: newSlug(), datasetGeneration: 2 } };
    await client.call("session.start", restored.input);
    expect((await ssh(agent, restored, "cat note")).stdout).toBe("first\n");
    await client.call("session.stop", { ...stopInput(restored), snapshotId: null });
    expect((await client.call("workspace.list", ref)).snapshots).toHaveLength(2);
    const used = await client.call("workspace.usage", { ...ref, datasetGeneration: 2 });
    expect(used.quotaBytes).toBe(2 * 1024 ** 3);
    // No snapshot is of this generation; the one before it is kept with both.
    expect(used.snapshotBytes).toBeGreaterThan(0);

    const stranger = { ...destroy, identity: "0".repeat(32) };
    await expect(client.call("workspace.destroy", stranger)).rejects.toEqual(refusal("identity_mismatch"));
    await client.call("workspace.destroy", destroy);
    await client.call("workspace.destroy", destroy);
    await expect(client.call("workspace.list", ref)).rejects.toEqual(refusal("no_such_workspace"));
    expect(existsSync(`${agent.scratch}/state/mounts/${input.workspaceId}`)).toBe(false);
  });

  it("lets programs end in peace, kills those that don't, and snapshots what they left", {
    timeout: slow,
  }, async () => {
    const session = await planSession(agent, 0);
    await agent.client.call("session.start", session.input);
    await ssh(
      agent,
      session,
      "nohup sh -c 'trap \"echo saved > model; exit\" TERM; while :; do sleep 0.1; done' >/dev/null 2>&1 &",
    );
    await ssh(agent, session, "nohup sh -c 'trap \"\" TERM; while :; do sleep 0.1; done' >/dev/null 2>&1 &");
    await agent.client.call("session.stop", { ...stopInput(session), graceSeconds: 2 });
    const next = { ...session, input: { ...session.input, slug: newSlug() } };
    await agent.client.call("session.start", next.input);
    expect((await ssh(agent, next, "cat model")).stdout).toBe("saved\n");
    const startedAt = performance.now();
    await agent.client.call("session.stop", { ...stopInput(next), graceSeconds: 60 });
    // Nothing held out, so the minute was not waited for.
    expect(performance.now() - startedAt).toBeLessThan(30_000);
  });

  it("is started once however often the same claim asks", { timeout: slow }, async () => {
    const session = await planSession(agent, 0);
    const [first, second] = await Promise.all([
      agent.client.call("session.start", session.input),
      agent.client.call("session.start", session.input),
    ]);
    expect(second).toEqual(first);
    const { bootId, engineStartedAt } = await agent.client.call("health", {});
    expect(first).toMatchObject({ bootId, engineStartedAt });
    const later = await agent.client.call("session.start", { ...session.input, generation: 2 });
    expect(Date.parse(later.startedAt)).toBeGreaterThan(Date.parse(first.startedAt));
    await agent.client.call("session.stop", stopInput(session));
  });

  it("takes new keys at the next login and forgets the old", { timeout: slow }, async () => {
    const session = await planSession(agent, 0);
    const { installationId, slug } = session.input;
    await agent.client.call("session.start", session.input);
    expect((await ssh(agent, session, "true")).code).toBe(0);
    const key = await makeKey(agent);
    const push = { installationId, slug, generation: 1, authorizedKeys: [key.authorized] };
    await agent.client.call("session.pushKeys", push);
    expect((await ssh(agent, session, "true")).code).toBe(255);
    expect((await ssh(agent, { ...session, key }, "true")).code).toBe(0);
    await agent.client.call("session.stop", stopInput(session));
    await expect(agent.client.call("session.pushKeys", { ...push, generation: 2 })).rejects.toEqual(
      refusal("no_such_session"),
    );
  });

  it("reports a session whose sshd ended, with its log", { timeout: slow }, async () => {
    const session = await planSession(agent, 0);
    const { installationId, slug } = session.input;
    await agent.client.call("session.start", session.input);
    expect((await ssh(agent, session, "true")).code).toBe(0);
    await agent.context.engine.getContainer(`mf-session-${slug}`).kill();
    const { session: info, logTail } = await agent.client.call("session.inspect", { installationId, slug });
    expect(info).toMatchObject({ state: "exited", exitCode: 137, generation: 1 });
    expect(logTail).toContain("session listens");
    const { sessions } = await agent.client.call("session.list", { installationId });
    expect(sessions).toEqual([info]);
    await agent.client.call("session.stop", stopInput(session));
  });
});

describe("refusals", () => {
  it("refuses a GPU and a port that another container holds, and frees both with its removal", {
    timeout: slow,
  }, async () => {
    const holder = await planSession(agent, 0);
    const other = await planSession(agent, 0);
    await agent.client.call("session.start", holder.input);
    await expect(agent.client.call("session.start", other.input)).rejects.toEqual(refusal("gpu_busy"));
    const samePort = { ...(await planSession(agent, 1)).input, sshPort: holder.input.sshPort };
    const refused = await agent.client.call("session.start", samePort).catch((error: unknown) => error);
    expect(refused).toEqual(refusal("port_busy"));
    expect(String(refused)).not.toContain(holder.input.slug);
    await agent.client.call("session.stop", { ...stopInput(holder), snapshotId: null });
    await agent.client.call("session.start", other.input);
    await agent.client.call("session.stop", { ...stopInput(other), snapshotId: null });
  });

  it("refuses a GPU that a stranger's container uses", { timeout: slow }, async () => {
    const { input } = await planSession(agent, 1);
    const stranger = await agent.context.engine.createContainer({
      Image: (await agent.context.engine.listImages())[0]?.Id ?? "",
      Entrypoint: ["/bin/sleep", "60"],
      HostConfig: {
        DeviceRequests: [{ Driver: "nvidia", DeviceIDs: [input.gpuUuid], Capabilities: [["gpu"]] }],
      },
    });
    await expect(agent.client.call("session.start", input)).rejects.toEqual(refusal("gpu_busy"));
    await stranger.remove({ force: true });
  });

  it("gives one of two simultaneous starts the GPU and refuses the other", { timeout: slow }, async () => {
    const sessions = [await planSession(agent, 0), await planSession(agent, 0)];
    const results = await Promise.allSettled(
      sessions.map(({ input }) => agent.client.call("session.start", input)),
    );
    expect(results.map((result) => result.status).sort()).toEqual(["fulfilled", "rejected"]);
    for (const session of sessions) await agent.client.call("session.stop", stopInput(session));
  });

  it("tells a port that a program of the host listens on, and leaves no container behind", {
    timeout: slow,
  }, async () => {
    const session = await planSession(agent, 0);
    const { server: blocker } = await listenOnHost(session.input.sshPort);
    await expect(agent.client.call("session.start", session.input)).rejects.toEqual(refusal("port_busy"));
    const { installationId, slug } = session.input;
    expect((await agent.client.call("session.inspect", { installationId, slug })).session).toBeNull();
    await new Promise((resolve) => blocker.close(resolve));
    await agent.client.call("session.start", session.input);
    await agent.client.call("session.stop", stopInput(session));
  });

  it("refuses unknown GPUs, packs, workspaces and identities", { timeout: slow }, async () => {
    const { input } = await planSession(agent, 0);
    const start = (changed: object) => agent.client.call("session.start", { ...input, ...changed });
    await expect(start({ gpuUuid: "GPU-00000000-0000-0000-0000-000000000000" })).rejects.toEqual(
      refusal("no_such_gpu"),
    );
    await expect(start({ pack: "nothing" })).rejects.toEqual(refusal("no_such_pack"));
    // Both halves fail: neither failure is left behind, which would end the agent.
    const wrong = { pack: "nothing", identity: "f".repeat(32) };
    await expect(start(wrong)).rejects.toEqual(refusal("identity_mismatch"));
    await expect(start({ workspaceId: newPublicId("wsp") })).rejects.toEqual(refusal("no_such_workspace"));
    await expect(start({ identity: "f".repeat(32) })).rejects.toEqual(refusal("identity_mismatch"));
    await expect(start({ datasetGeneration: 9 })).rejects.toEqual(refusal("no_such_workspace"));
  });

  it("reports a snapshot that fails and frees the GPU all the same", { timeout: slow }, async () => {
    const session = await planSession(agent, 0);
    await agent.client.call("session.start", session.input);
    const stop = stopInput(session);
    const wrong = { ...stop, workspace: { ...stop.workspace, identity: "f".repeat(32) } };
    const stopped = await agent.client.call("session.stop", wrong);
    expect(stopped.snapshot).toBeNull();
    expect(stopped.snapshotError).toContain("not the recorded workspace");
    const { installationId } = session.input;
    expect((await agent.client.call("session.list", { installationId })).sessions).toEqual([]);
  });

  it("destroys what no identity was recorded for, but nothing of another installation", {
    timeout: slow,
  }, async () => {
    const { input } = await planSession(agent, 0);
    const { installationId, workspaceId } = input;
    const ref = { workspaceId, identity: null };
    const stranger = { ...ref, installationId: newPublicId("ins") };
    await expect(agent.client.call("workspace.destroy", stranger)).rejects.toEqual(
      refusal("identity_mismatch"),
    );
    await agent.client.call("workspace.destroy", { ...ref, installationId });
    await expect(agent.client.call("workspace.list", { installationId, workspaceId })).rejects.toEqual(
      refusal("no_such_workspace"),
    );
    await agent.client.call("workspace.destroy", { ...ref, installationId });
  });

  it("never makes a workspace anew that had an identity", { timeout: slow }, async () => {
    const { input } = await planSession(agent, 0);
    const { installationId, workspaceId, identity } = input;
    await agent.client.call("workspace.destroy", { installationId, workspaceId, identity });
    const ensure = { installationId, workspaceId, datasetGeneration: 1, quotaGb: 1, identity };
    await expect(agent.client.call("workspace.ensure", ensure)).rejects.toEqual(refusal("no_such_workspace"));
  });
});

describe("fencing", () => {
  it("refuses a lower generation, also after a restart of the agent", { timeout: slow }, async () => {
    const session = await planSession(agent, 0);
    await agent.client.call("session.start", { ...session.input, generation: 5 });
    const old = { ...stopInput(session), generation: 4 };
    await expect(agent.client.call("session.stop", old)).rejects.toEqual(refusal("stale_generation"));
    await agent.client.call("session.stop", { ...old, generation: 6 });
    await agent.close();
    agent = await startAgent(agent);
    await expect(agent.client.call("session.start", session.input)).rejects.toEqual(
      refusal("stale_generation"),
    );
  });
});

describe("mounts", () => {
  it("mounts again what a restart of the host left unmounted, with nosuid and nodev", {
    timeout: slow,
  }, async () => {
    const { input } = await planSession(agent, 0);
    const { installationId, workspaceId, identity } = input;
    const point = agent.context.workspaces.mountPoint(workspaceId, 1);
    await runOk(["umount", point]);
    await agent.client.call("workspace.ensure", {
      installationId,
      workspaceId,
      datasetGeneration: 1,
      quotaGb: 1,
      identity,
    });
    expect((await mountOn(point))?.options).toEqual(expect.arrayContaining(["nosuid", "nodev"]));
    await runOk(["umount", point]);
    await runOk(["mount", "-t", "tmpfs", "none", point]);
    await agent.client.call("session.start", input);
    expect((await mountOn(point))?.source).toBe(agent.context.workspaces.dataset(workspaceId, 1));
    await agent.client.call("session.stop", {
      ...stopInput({ input, hostPublicKey: "", key: { file: "", authorized: "" } }),
    });
  });

  it("holds the quota", { timeout: slow }, async () => {
    const session = await planSession(agent, 0);
    await agent.client.call("session.start", session.input);
    const df = await ssh(agent, session, "df --output=size -B1 /workspace | tail -n 1");
    expect(Number(df.stdout)).toBeLessThanOrEqual(1024 ** 3);
    expect(
      (await run(["stat", "-c", "%a", agent.context.workspaces.mountPoint(session.input.workspaceId, 1)]))
        .stdout,
    ).toBe("700\n");
    await agent.client.call("session.stop", stopInput(session));
  });
});
