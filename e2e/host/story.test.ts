import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { type SshKeyView, sshKeyView } from "@/lib/auth/model";
import type { SessionView } from "@/lib/sessions/model";
import { operationView, workspaceView } from "@/lib/workspaces/model";
import { change, closeDatabase } from "../support/database";
import { eventually } from "../support/eventually";
import {
  endAllSessions,
  finished,
  gpus,
  inState,
  launch,
  restore,
  snapshots,
  stepMs,
  stop,
  timeline,
} from "../support/lab";
import { expectNoLeaks } from "../support/leaks";
import { makeKey, newPerson, type Person } from "../support/people";
import { outcome, output } from "../support/run";
import { ssh, sshArgv, trySsh } from "../support/ssh";

/** Answers HTTP in the test world in the place of the internet (a documentation address, so never a real host). */
const internetPeer = "http://203.0.113.1/";

let ana: Person;
let session: SessionView;

beforeAll(async () => {
  await endAllSessions();
  ana = await newPerson("ana");
});

afterAll(async () => {
  await expectNoLeaks();
  await closeDatabase();
});

async function visibleGpus(person: Person, on: SessionView): Promise<string[]> {
  const text = await ssh(person, on, "nvidia-smi --query-gpu=uuid --format=csv,noheader");
  return text.trim().split("\n");
}

describe("from launch to a restored snapshot", () => {
  test("a launched session runs nvidia-smi over ssh and sees exactly its one GPU", async () => {
    session = await launch(ana, { workspaceName: "chest-xray" });
    expect(session.ssh.command).toContain(`HostKeyAlias=mf-${session.workspace.id}`);
    expect(await visibleGpus(ana, session)).toEqual([session.gpu.uuid]);
    const held = (await gpus(ana.api)).find((gpu) => gpu.id === session.gpu.id);
    expect(held).toMatchObject({ free: false, holder: { username: ana.username, slug: session.slug } });
  });

  test("the known_hosts line from the API is the key that ssh met", async () => {
    const [, type, blob] = (session.ssh.knownHosts ?? "").split(" ");
    const met = readFileSync(join(ana.home, "known_hosts"), "utf8");
    expect(met).toContain(`mf-${session.workspace.id} ${type} ${blob}`);
  });

  test("the config block works as it is pasted", async () => {
    const file = join(ana.home, "config");
    writeFileSync(file, session.ssh.config);
    const host = /^Host (\S+)/m.exec(session.ssh.config)?.[1] ?? "";
    const hosts = `UserKnownHostsFile=${join(ana.home, "known_hosts")}`;
    const own = ["-i", join(ana.home, "id_ed25519"), "-o", hosts, "-o", "BatchMode=yes"];
    expect(await output(["ssh", "-F", file, ...own, host, "whoami"])).toBe("mf\n");
  });

  test("a file outlives the session: stop takes a snapshot, a relaunch finds it without an ssh warning", async () => {
    await ssh(ana, session, "echo first > /workspace/findings.txt && sync");
    const before = await stop(ana.api, session.slug);
    expect(before).toMatchObject({ stopReason: "user", error: null });
    const [snapshot, ...others] = await snapshots(ana.api, session.workspace.id);
    expect(others).toEqual([]);
    expect(snapshot).toMatchObject({ reason: "stop", current: true });
    expect((await timeline(ana.api, session.slug)).map((event) => event.kind)).toEqual(
      expect.arrayContaining([
        "requested",
        "workspace_ready",
        "container_started",
        "running",
        "snapshot_taken",
      ]),
    );

    session = await launch(ana, { workspaceId: session.workspace.id });
    expect(await ssh(ana, session, "cat /workspace/findings.txt")).toBe("first\n");
  });

  test("another port, the same host key: still no warning", async () => {
    await stop(ana.api, session.slug);
    const other = await newPerson("port-holder");
    const holder = await launch(other, { workspaceName: "holds-the-port" });
    const again = await launch(ana, { workspaceId: session.workspace.id });
    expect(again.ssh.port).not.toBe(holder.ssh.port);
    expect(await ssh(ana, again, "cat /workspace/findings.txt")).toBe("first\n");
    await stop(other.api, holder.slug);
    session = again;
  });

  test("restoring an older snapshot brings the older content back and keeps the newer", async () => {
    const older = (await snapshots(ana.api, session.workspace.id)).at(-1);
    if (!older) throw new Error("the first stop left no snapshot");
    await ssh(ana, session, "echo second > /workspace/findings.txt && sync");
    const restorePath = `external/workspaces/${session.workspace.id}/restore`;
    const inUse = await ana.api.refused("POST", restorePath, { snapshotId: older.id });
    expect(inUse.status).toBe(409);

    await stop(ana.api, session.slug);
    await restore(ana.api, session.workspace.id, older.id);
    const listed = await snapshots(ana.api, session.workspace.id);
    expect(listed.map((snapshot) => snapshot.reason)).toContain("pre_restore");
    session = await launch(ana, { workspaceId: session.workspace.id });
    expect(await ssh(ana, session, "cat /workspace/findings.txt")).toBe("first\n");

    await stop(ana.api, session.slug);
    const preRestore = listed.find((snapshot) => snapshot.reason === "pre_restore");
    await restore(ana.api, session.workspace.id, preRestore?.id ?? "");
    session = await launch(ana, { workspaceId: session.workspace.id });
    expect(await ssh(ana, session, "cat /workspace/findings.txt")).toBe("second\n");
    await stop(ana.api, session.slug);
  });
});

describe("while a session runs", () => {
  beforeAll(async () => {
    session = await launch(ana, { workspaceName: "chest-xray" });
  });

  test("it reaches the internet", async () => {
    expect(
      await ssh(ana, session, `curl -sS --max-time 10 -o /dev/null -w '%{http_code}' ${internetPeer}`),
    ).toBe("200");
  });

  test("a pseudo-terminal, scp and rsync work", async () => {
    const argv = sshArgv(ana, session);
    const terminal = await outcome([...argv.slice(0, 1), "-tt", ...argv.slice(1), "tty; stty size"]);
    expect(terminal.stdout).toContain("/dev/pts/");
    const file = join(ana.home, "scan.bin");
    writeFileSync(file, Buffer.alloc(3_000_000, 7));
    const [program = "", ...options] = argv.slice(0, -1);
    const target = argv.at(-1) ?? "";
    await output(["rsync", "-a", "-e", [program, ...options].join(" "), file, `${target}:/workspace/`]);
    expect(await ssh(ana, session, "stat -c %s /workspace/scan.bin")).toBe("3000000\n");
  });

  test("a key that is added works, and stops working once it is removed", async () => {
    const publicKey = await makeKey(ana.home, "second", "ecdsa");
    const identity = join(ana.home, "second");
    const tries = () => trySsh(ana, session, "true", { identity });
    expect((await tries()).code).not.toBe(0);
    const added: SshKeyView = await ana.api.call(sshKeyView, "POST", "me/ssh-keys", {
      name: "desk",
      publicKey,
    });
    await eventually("the added key lets in", stepMs, async () =>
      (await tries()).code === 0 ? true : undefined,
    );
    await ana.api.call(z.unknown(), "DELETE", `me/ssh-keys/${added.id}`);
    await eventually("the removed key is refused", stepMs, async () =>
      (await tries()).code === 0 ? undefined : true,
    );
    expect(await ssh(ana, session, "whoami")).toBe("mf\n");
  });

  test("its time limit ends it, snapshot first", async () => {
    await stop(ana.api, session.slug);
    session = await launch(ana, { workspaceName: "chest-xray", ttlMinutes: 60 });
    expect(Date.parse(session.stopsAt ?? "") - Date.parse(session.runningAt ?? "")).toBe(60 * 60_000);
    const before = (await snapshots(ana.api, session.workspace.id)).length;
    await change("UPDATE sessions SET stops_at = UTC_TIMESTAMP(3) WHERE slug = ?", [session.slug]);
    const ended = await inState(ana.api, session.slug, ["STOPPED"]);
    expect(ended.stopReason).toBe("time_limit");
    expect((await snapshots(ana.api, session.workspace.id)).length).toBe(before + 1);
  });
});

test("a workspace that is deleted leaves no dataset behind", async () => {
  const { id } = session.workspace;
  await finished(ana.api, await ana.api.call(operationView, "DELETE", `external/workspaces/${id}`));
  expect(await ana.api.call(z.array(workspaceView), "GET", "external/workspaces")).toEqual([]);
});
