import { readFileSync, realpathSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import type { SessionView } from "@/lib/sessions/model";
import { closeDatabase, rows } from "../support/database";
import { testEnv } from "../support/env";
import { containerName, docker, type Part, pidOf } from "../support/host";
import { endAllSessions, launch, stop } from "../support/lab";
import { expectNoLeaks } from "../support/leaks";
import { newPerson, type Person } from "../support/people";
import { outcome } from "../support/run";
import { ssh } from "../support/ssh";

const data = (path: string) => join(testEnv().MEDFORGE_TEST_DATA_DIR, path);

function required(part: Part): number {
  const pid = pidOf(part);
  if (pid === undefined) throw new Error(`${part} is not running`);
  return pid;
}

interface Credentials {
  uid: string;
  gid: string;
  groups: string;
  noNewPrivileges: string;
  capabilities: string;
}

/** What the running process itself has, not what somebody meant to give it. */
function credentialsOf(part: Part): Credentials {
  const status = readFileSync(`/proc/${required(part)}/status`, "utf8");
  const field = (name: string) => new RegExp(`^${name}:\\s*(.*)$`, "m").exec(status)?.[1]?.trim() ?? "";
  return {
    uid: field("Uid").split("\t")[0] ?? "",
    gid: field("Gid").split("\t")[0] ?? "",
    groups: field("Groups").split(" ").join(","),
    noNewPrivileges: field("NoNewPrivs"),
    capabilities: field("CapBnd"),
  };
}

/** Runs a program with exactly the credentials of a part. */
function asPart(part: Part, argv: readonly string[]) {
  const { uid, gid, groups } = credentialsOf(part);
  const identity = [`--reuid=${uid}`, `--regid=${gid}`, groups ? `--groups=${groups}` : "--clear-groups"];
  return outcome(["setpriv", ...identity, "--no-new-privs", "--bounding-set=-all", "--", ...argv]);
}

const connectTo = (socket: string) => [
  process.execPath,
  "-e",
  `require("net").connect(process.argv[1]).on("connect",()=>process.exit(0)).on("error",(e)=>{console.log(e.code);process.exit(1)})`,
  socket,
];

describe("what the web process could do if it were taken over", () => {
  test("it is nobody: own user, no capabilities, no way to new privileges", () => {
    for (const part of ["web", "worker"] as const) {
      const own = credentialsOf(part);
      expect(own.uid, part).not.toBe("0");
      expect(own, part).toMatchObject({ noNewPrivileges: "1", capabilities: "0000000000000000" });
    }
    expect(credentialsOf("web").uid).not.toBe(credentialsOf("worker").uid);
  });

  test("it can open neither the agent's, nor Docker's, nor the supervisor's socket", async () => {
    const env = testEnv();
    const sockets = [
      env.MEDFORGE_TEST_AGENT_SOCKET,
      env.MEDFORGE_TEST_DOCKER_SOCKET,
      data("run/control.sock"),
    ];
    for (const socket of sockets) {
      const tried = await asPart("web", connectTo(socket));
      expect(tried, socket).toMatchObject({ code: 1, stdout: "EACCES\n" });
    }
    // The same program opens the one it may, so that EACCES above means what it says.
    expect((await asPart("web", connectTo(data("run/db/mariadb.sock")))).code).toBe(0);
  });

  test("it can read no other part's environment, memory or secrets", async () => {
    const files = (["agent", "worker", "docker", "mariadb"] as const).flatMap((part) => [
      `/proc/${required(part)}/environ`,
      `/proc/${required(part)}/mem`,
    ]);
    const secrets = [data("secrets.json"), data("config.json"), data("admin-password")];
    for (const file of [...files, ...secrets]) {
      const tried = await asPart("web", ["head", "-c", "1", file]);
      expect(tried.code, file).toBe(1);
      expect(tried.stderr, file).toMatch(/Permission denied/);
    }
    // Where the server puts what is too large for its memory.
    expect(await rows("SELECT @@tmpdir AS folder")).toEqual([{ folder: data("run/db-tmp") }]);
    const folders = ["agent", "db", "run/db-tmp", "zfs", "log", "run/pids"].map(data);
    for (const folder of folders) {
      const tried = await asPart("web", ["ls", folder]);
      expect(tried.code, folder).toBe(2);
      expect(tried.stderr, folder).toContain("Permission denied");
    }
  });

  test("it can change nothing that runs as root or as itself", async () => {
    const release = realpathSync(data("current"));
    const folders = [
      testEnv().MEDFORGE_TEST_DATA_DIR,
      release,
      join(release, "web"),
      data("stand-in"),
      data("run"),
    ];
    for (const folder of folders) {
      const tried = await asPart("web", ["mkdir", join(folder, "planted")]);
      expect(tried.code, folder).toBe(1);
      expect(tried.stderr, folder).toContain("Permission denied");
    }
    const writable = await asPart("web", [
      "find",
      "-L",
      release,
      "-maxdepth",
      "4",
      "-writable",
      "-not",
      "-type",
      "l",
    ]);
    expect(writable).toMatchObject({ code: 0, stdout: "", stderr: "" });
  });

  test("it can't signal the other parts", async () => {
    for (const part of ["agent", "worker", "caddy", "mariadb"] as const) {
      const tried = await asPart("web", ["kill", "-0", String(required(part))]);
      expect(tried.code, part).toBe(1);
      expect(tried.stderr, part).toMatch(/Operation not permitted|EPERM/);
    }
  });
});

const hostConfig = z.looseObject({
  Privileged: z.boolean(),
  CapAdd: z.array(z.string()).nullable(),
  SecurityOpt: z.array(z.string()),
  PidsLimit: z.number(),
  Memory: z.number(),
  MemorySwap: z.number(),
  NanoCpus: z.number(),
  ShmSize: z.number(),
  LogConfig: z.looseObject({ Config: z.record(z.string(), z.string()) }),
});

describe("what a session is allowed", () => {
  let ana: Person;
  let session: SessionView;
  let config: z.output<typeof hostConfig>;

  beforeAll(async () => {
    await endAllSessions();
    ana = await newPerson("ana");
    session = await launch(ana, { workspaceName: "boundaries" });
    const text = await docker("inspect", containerName(session.slug));
    config = z.tuple([z.looseObject({ HostConfig: hostConfig })]).parse(JSON.parse(text))[0].HostConfig;
  });

  afterAll(async () => {
    await stop(ana.api, session.slug);
    await expectNoLeaks();
    await closeDatabase();
  });

  test("the container is made with the limits of the security stance", async () => {
    expect(config).toMatchObject({
      Privileged: false,
      ReadonlyRootfs: true,
      CapDrop: ["ALL"],
      UsernsMode: "",
      PidMode: "",
      NetworkMode: "medforge-external-sessions",
      RestartPolicy: { Name: "no" },
    });
    const given = (config.CapAdd ?? []).map((name) => name.replace(/^CAP_/, "")).sort();
    expect(given).toEqual(["CHOWN", "KILL", "SETGID", "SETUID", "SYS_CHROOT"]);
    expect(config.SecurityOpt.some((option) => option.startsWith("no-new-privileges"))).toBe(true);
    expect(config.SecurityOpt.some((option) => option.includes("unconfined"))).toBe(false);
    expect(config.PidsLimit).toBeGreaterThan(0);
    expect(config.Memory).toBeGreaterThan(0);
    expect(config.MemorySwap).toBe(config.Memory);
    expect(config.NanoCpus).toBeGreaterThan(0);
    expect(config.ShmSize).toBe(config.Memory / 2);
    expect(config.LogConfig.Config).toHaveProperty("max-size");
  });

  test("processes and memory are bounded as the kernel sees it", async () => {
    const either = (v1: string, v2: string) =>
      `cat /sys/fs/cgroup/${v1} 2>/dev/null || cat /sys/fs/cgroup/${v2}`;
    const processes = Number(await ssh(ana, session, either("pids/pids.max", "pids.max")));
    const memory = Number(await ssh(ana, session, either("memory/memory.limit_in_bytes", "memory.max")));
    expect(processes).toBeGreaterThan(0);
    expect(processes).toBeLessThanOrEqual(8192);
    expect(memory).toBe(config.Memory);
  });
});
