import { networkInterfaces } from "node:os";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { apiTokenView, sshKeyView } from "@/lib/auth/model";
import { type SessionView, sessionView } from "@/lib/sessions/model";
import { operationView, workspaceView } from "@/lib/workspaces/model";
import { closeDatabase } from "../support/database";
import { testEnv } from "../support/env";
import { containerName, docker } from "../support/host";
import { endAllSessions, finished, gpus, launch, session as look, snapshots, stop } from "../support/lab";
import { expectNoLeaks } from "../support/leaks";
import { newPerson, type Person } from "../support/people";
import { listenOn, reachableByLoopbackTrick, reachableFrom, type Target } from "../support/probe";
import { ssh, trySsh } from "../support/ssh";

/** The test world's stand-in for the internet. */
const internet: Target = { what: "internet", address: "203.0.113.1", port: 80 };

let ana: Person;
let eve: Person;
let hers: SessionView;
let own: SessionView;

beforeAll(async () => {
  await endAllSessions();
  [ana, eve] = [await newPerson("ana"), await newPerson("eve")];
  hers = await launch(ana, { workspaceName: "private" });
  own = await launch(eve, { workspaceName: "attic" });
});

afterAll(async () => {
  await stop(ana.api, hers.slug);
  await stop(eve.api, own.slug);
  await expectNoLeaks();
  await closeDatabase();
});

async function networkOf(session: SessionView): Promise<{ address: string; gateway: string }> {
  const format = "{{range .NetworkSettings.Networks}}{{.IPAddress}} {{.Gateway}}{{end}}";
  const text = await docker("inspect", "--format", format, containerName(session.slug));
  const [address = "", gateway = ""] = text.trim().split(" ");
  return { address, gateway };
}

describe("another's things do not exist", () => {
  test("every way to read or change them by their ids answers 404", async () => {
    const snapshot = await ana.api.call(
      operationView,
      "POST",
      `external/workspaces/${hers.workspace.id}/snapshots`,
      {},
    );
    await finished(ana.api, snapshot);
    const [first] = await snapshots(ana.api, hers.workspace.id);
    const [key] = await ana.api.call(z.array(sshKeyView), "GET", "me/ssh-keys");
    const token = await ana.api.call(apiTokenView.loose(), "POST", "me/api-tokens", { name: "ci" });
    const calls: [string, string, unknown?][] = [
      ["GET", `external/sessions/${hers.slug}`],
      ["GET", `external/sessions/${hers.slug}/events`],
      ["POST", `external/sessions/${hers.slug}/stop`],
      ["GET", `external/workspaces/${hers.workspace.id}`],
      ["DELETE", `external/workspaces/${hers.workspace.id}`],
      ["GET", `external/workspaces/${hers.workspace.id}/snapshots`],
      ["POST", `external/workspaces/${hers.workspace.id}/snapshots`, {}],
      ["POST", `external/workspaces/${hers.workspace.id}/restore`, { snapshotId: first?.id }],
      ["POST", "external/sessions", { workspaceId: hers.workspace.id }],
      ["GET", `operations/${snapshot.id}`],
      ["DELETE", `me/ssh-keys/${key?.id}`],
      ["DELETE", `me/api-tokens/${token.id}`],
    ];
    for (const [method, path, body] of calls) {
      const problem = await eve.api.refused(method, path, body);
      expect(problem.status, `${method} ${path}`).toBe(404);
      const told = JSON.stringify(problem);
      expect(told).not.toContain(ana.username);
      expect(told).not.toContain("private");
    }
    expect((await look(ana.api, hers.slug)).state).toBe("RUNNING");
  });

  test("a snapshot of hers can't be restored into a workspace of one's own", async () => {
    const [first] = await snapshots(ana.api, hers.workspace.id);
    const path = `external/workspaces/${own.workspace.id}/restore`;
    expect([404, 409]).toContain((await eve.api.refused("POST", path, { snapshotId: first?.id })).status);
  });

  test("lists hold one's own alone, and a GPU tells no slug of another's", async () => {
    const sessions = await eve.api.call(z.array(sessionView), "GET", "external/sessions");
    expect(sessions.map((session) => session.slug)).toEqual([own.slug]);
    const workspaces = await eve.api.call(z.array(workspaceView), "GET", "external/workspaces");
    expect(workspaces.map((workspace) => workspace.id)).toEqual([own.workspace.id]);
    const holder = (await gpus(eve.api)).find((gpu) => gpu.id === hers.gpu.id)?.holder;
    expect(holder).toMatchObject({ username: ana.username, slug: null });
  });

  test("the admin's lists are refused", async () => {
    for (const path of ["admin/users", "admin/sessions", "admin/gpus", "admin/nodes"]) {
      expect((await eve.api.refused("GET", path)).status, path).toBe(403);
    }
    const stopHers = await eve.api.refused("POST", `admin/sessions/${hers.slug}/stop`);
    expect(stopHers.status).toBe(403);
  });
});

describe("on the wire", () => {
  test("another's key opens no session", async () => {
    const refused = await trySsh(eve, hers, "true");
    expect(refused.code).toBe(255);
    expect(refused.stderr).toContain("Permission denied");
    const asRoot = { ...hers, ssh: { ...hers.ssh, command: hers.ssh.command.replace("mf@", "root@") } };
    expect((await trySsh(ana, asRoot, "true")).stderr).toContain("Permission denied");
  });

  test("from one's own session neither another's session, nor the host, nor private networks answer", async () => {
    const [target, self] = [await networkOf(hers), await networkOf(own)];
    const everywhere = await listenOn("0.0.0.0");
    const web = Number(new URL(testEnv().MEDFORGE_TEST_URL).port);
    const hostAddresses = [self.gateway, target.gateway, ...hostIps()];
    const forbidden: Target[] = [
      { what: "her sshd by container address", address: target.address, port: 22 },
      ...hostAddresses.flatMap((address): Target[] => [
        { what: `her session's port on ${address}`, address, port: hers.ssh.port },
        { what: `own session's port on ${address}`, address, port: own.ssh.port },
        { what: `the console on ${address}`, address, port: web },
        { what: `a listener on ${address}`, address, port: everywhere.port },
        { what: `MariaDB on ${address}`, address, port: 3306 },
        { what: `sshd on ${address}`, address, port: 22 },
      ]),
      { what: "cloud metadata", address: "169.254.169.254", port: 80 },
      { what: "a private network", address: "10.99.0.1", port: 80 },
      { what: "another private network", address: "192.168.99.1", port: 80 },
    ];
    // The same responder answers on the internet's and the private addresses: the first proves that the probe works.
    try {
      expect(await reachableFrom(eve, own, [...forbidden, internet])).toEqual([internet.what]);
    } finally {
      await everywhere.close();
    }
  });

  test("the session sees its own files and processes alone", async () => {
    expect(await ssh(eve, own, "ls -A /workspace")).not.toContain("private");
    const processes = await ssh(eve, own, "ps -eo args");
    expect(processes).not.toMatch(/dockerd|mariadbd|worker/);
    expect(await ssh(eve, own, "cat /proc/self/mounts")).not.toContain(hers.workspace.id);
    // Who is root in here is nobody on the host.
    const [inside, outside] = (await ssh(eve, own, "cat /proc/self/uid_map")).trim().split(/\s+/).map(Number);
    expect(inside).toBe(0);
    expect(outside).toBeGreaterThanOrEqual(100_000);
  });

  test("not even the root of the session's network reaches the host's loopback", async () => {
    const loopback = await listenOn("127.0.0.1");
    const everywhere = await listenOn("0.0.0.0");
    const ports = [loopback.port, everywhere.port];
    try {
      // What arrived proves that the trick works; that nothing opened is the host's doing.
      expect(await reachableByLoopbackTrick(own, ports)).toEqual({ arrived: ports, open: [] });
    } finally {
      await loopback.close();
      await everywhere.close();
    }
  });
});

function hostIps(): string[] {
  const all = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
  return all.filter(({ family, internal }) => family === "IPv4" && !internal).map(({ address }) => address);
}
