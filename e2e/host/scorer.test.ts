import { createHash } from "node:crypto";
import { readdirSync, readFileSync, readlinkSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import type { ScorerAnswer } from "@/lib/competitions/scorer-protocol";
import { scorerAnswer } from "@/lib/competitions/scorer-protocol";
import { testEnv } from "../support/env";
import { medforge, type Part, pidOf } from "../support/host";
import { outcome, output } from "../support/run";

const data = (path: string) => join(testEnv().MEDFORGE_TEST_DATA_DIR, path);
const store = (path: string) => join(data("competitions"), path);
const socket = data("run/scorer/scorer.sock");

const evaluation = `evl_${"q".repeat(16)}`;
const submitted = "id,probability\na,0.9\nb,0.1\n";
const submission = createHash("sha256").update(submitted).digest("hex");
const files = {
  [store(`evaluations/${evaluation}/evaluation.json`)]: JSON.stringify({
    schema: "medforge/evaluation@1",
    task: "binary_probability",
    classes: ["well", "ill"],
    metrics: ["roc_auc"],
    primary: { metric: "roc_auc", direction: "max" },
  }),
  [store(`evaluations/${evaluation}/truth/truth.csv`)]: "id,label\na,ill\nb,well\n",
  [store(`evaluations/${evaluation}/sample`)]: submitted,
  [store(`submissions/${submission.slice(0, 2)}/${submission}`)]: submitted,
};

function runningPid(part: Part): number {
  const pid = pidOf(part);
  if (pid === undefined) throw new Error(`${part} is not running`);
  return pid;
}

function statusOf(pid: number): (name: string) => string {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  return (name) => new RegExp(`^${name}:[\\t ]*(.*)$`, "m").exec(status)?.[1]?.trim() ?? "";
}

/** Runs a program with the credentials and in the namespaces that a part really has. */
function asPart(part: Part, argv: readonly string[]) {
  const pid = runningPid(part);
  const field = statusOf(pid);
  const [uid = ""] = field("Uid").split("\t");
  const [gid = ""] = field("Gid").split("\t");
  const groups = field("Groups").split(" ").join(",");
  return outcome([
    ...["nsenter", `--target=${pid}`, "--net", "--ipc", "--"],
    ...["setpriv", `--reuid=${uid}`, `--regid=${gid}`, groups ? `--groups=${groups}` : "--clear-groups"],
    ...["--no-new-privs", "--inh-caps=-all", "--ambient-caps=-all", "--bounding-set=-all", "--"],
    ...argv,
  ]);
}

/** Runs a program as what a job is, where a job is: as the one that waits for the next. */
async function asJob(argv: readonly string[]) {
  const pid = await waitingJob();
  const field = statusOf(pid);
  const [uid = ""] = field("Uid").split("\t");
  const [gid = ""] = field("Gid").split("\t");
  return outcome([
    ...["nsenter", `--target=${pid}`, "--mount", "--pid", "--net", "--ipc", "--"],
    ...["setpriv", `--reuid=${uid}`, `--regid=${gid}`, "--clear-groups", "--no-new-privs"],
    ...["--inh-caps=-all", "--ambient-caps=-all", "--bounding-set=-all", "--"],
    ...argv,
  ]);
}

const script = (code: string, ...args: string[]) => [process.execPath, "-e", code, ...args];

/** Puts a file where web puts it, as web does: as its user, below folders that hand on their group. */
const asWebWrites = `
  const [path, content] = process.argv.slice(1);
  const fs = require("fs");
  process.umask(0o027);
  fs.mkdirSync(require("path").dirname(path), { recursive: true });
  fs.writeFileSync(path, content, { mode: 0o440 });`;

const connecting = `
  const [where] = process.argv.slice(1);
  const target = where.startsWith("/") ? where : { host: where.split(" ")[0], port: Number(where.split(" ")[1]) };
  const socket = require("net").connect(target);
  setTimeout(() => { console.log("silence"); process.exit(1); }, 3000);
  socket.on("connect", () => { console.log("connected"); process.exit(0); });
  socket.on("error", (error) => { console.log(error.code); process.exit(1); });`;

const asking = `
  const [path, request] = process.argv.slice(1);
  const socket = require("net").connect(path);
  socket.on("connect", () => socket.write(request + "\\n"));
  socket.on("error", (error) => { console.error(error.code); process.exit(1); });
  socket.pipe(process.stdout);`;

/** A job as the worker has it done. */
async function ask(request: object): Promise<ScorerAnswer> {
  const line = JSON.stringify({ evaluation, deadlineMs: 20_000, memoryMb: 512, ...request });
  const { stdout, stderr } = await asPart("worker", script(asking, socket, line));
  expect(stderr).toBe("");
  return scorerAnswer.parse(JSON.parse(stdout));
}

const connectAsJob = async (where: string) =>
  (await asJob(["/node", ...script(connecting, where).slice(1)])).stdout.trim();

const connectTo = async (part: Part, where: string) =>
  (await asPart(part, script(connecting, where))).stdout.trim();

beforeAll(async () => {
  for (const [path, content] of Object.entries(files))
    expect(await asPart("web", script(asWebWrites, path, content))).toMatchObject({ code: 0, stderr: "" });
});

afterAll(() => {
  for (const path of Object.keys(files)) rmSync(path);
  rmSync(store(`evaluations/${evaluation}`), { recursive: true });
});

describe("the scorer", () => {
  test("scores for the worker what web put into the store, and checks an evaluation", async () => {
    expect(await ask({ job: "score", submission })).toMatchObject({
      outcome: "scored",
      report: { primary: { public: 1 }, digests: { submission } },
    });
    expect(await ask({ job: "check" })).toMatchObject({ outcome: "scored" });
  });

  test("is there for the worker alone", async () => {
    expect(await connectTo("worker", socket)).toBe("connected");
    for (const part of ["web", "caddy", "mariadb"] as const)
      expect(await connectTo(part, socket), part).toBe("EACCES");
  });

  test("comes back with a restart", async () => {
    const before = runningPid("scorer");
    expect(await medforge("restart", "scorer")).toContain("scorer restarted");
    expect(runningPid("scorer")).not.toBe(before);
    expect(await ask({ job: "check" })).toMatchObject({ outcome: "scored" });
  });
});

describe("what a file could do that took the scorer over", () => {
  // What a lab begins with may just be scored, and the job that waits would be another at each look.
  beforeAll(() => process.kill(runningPid("worker"), "SIGSTOP"));
  afterAll(() => process.kill(runningPid("worker"), "SIGCONT"));

  test("it is nobody: own user, no group but its own, no capability, no way to new privileges", async () => {
    const field = statusOf(await waitingJob());
    for (const part of ["scorer", "web", "worker", "mariadb"] as const)
      expect(field("Uid")).not.toBe(statusOf(runningPid(part))("Uid"));
    expect(field("Groups")).toBe("");
    expect(field("NoNewPrivs")).toBe("1");
    for (const set of ["CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"])
      expect(field(set), set).toBe("0000000000000000");
  });

  test("the service around it has what a fence takes, and no way to more", () => {
    const field = statusOf(runningPid("scorer"));
    // sys_admin, setpcap, setuid, setgid
    for (const set of ["CapPrm", "CapEff", "CapBnd"]) expect(field(set), set).toBe("00000000002001c0");
    for (const set of ["CapInh", "CapAmb"]) expect(field(set), set).toBe("0000000000000000");
    expect(field("NoNewPrivs")).toBe("1");
  });

  test("it finds no setting in its environment, and holds no file but its four pipes", async () => {
    const job = await waitingJob();
    const names = (await output(["cat", `/proc/${job}/environ`]))
      .split("\0")
      .filter(Boolean)
      .map((line) => line.split("=")[0])
      .sort();
    expect(names).toEqual(["LANG", "NODE_ENV", "PATH", "TZ"]);
    const open = readdirSync(`/proc/${job}/fd`).map((name) => readlinkSync(`/proc/${job}/fd/${name}`));
    expect(open.filter((to) => !/^(anon_inode|pipe|socket):/.test(to) && to !== "/dev/null")).toEqual([]);
  });

  test("it has no network, not even a loopback", async () => {
    const url = new URL(testEnv().MEDFORGE_TEST_URL);
    const [, address = ""] =
      /inet ([\d.]+)\/\d+ .*scope global/.exec(await output(["ip", "-4", "addr"])) ?? [];
    expect(address).not.toBe("");
    for (const host of ["127.0.0.1", address, "192.0.2.1"])
      expect(await connectAsJob(`${host} ${url.port}`), host).toBe("ENETUNREACH");
    // The same program gets through from where there is a network.
    expect(await connectTo("web", `127.0.0.1 ${url.port}`)).toBe("connected");
    const links = (await asJob(["ip", "-oneline", "link"])).stdout.trim().split("\n");
    expect(links).toHaveLength(1);
    expect(links[0]).toMatch(/^1: lo: <LOOPBACK> .* state DOWN/);
  });

  test("it finds no socket, the scorer's own among them", async () => {
    const env = testEnv();
    const others = [env.MEDFORGE_TEST_AGENT_SOCKET, env.MEDFORGE_TEST_DOCKER_SOCKET];
    for (const path of [...others, data("run/db/mariadb.sock"), data("run/control.sock"), socket])
      expect(await connectAsJob(path), path).toBe("ENOENT");
  });

  test("it sees the system's programs and nothing else: no secret, no log, no other process", async () => {
    const listed = async (folder: string) =>
      (await asJob(["ls", "-A", folder])).stdout.split("\n").filter(Boolean);
    const system = /^(bin|lib|lib32|lib64|sbin)$/;
    expect((await listed("/")).filter((name) => !system.test(name)).sort()).toEqual(
      ["dev", "evaluation", "node", "proc", "program.mjs", "store", "submissions", "usr"].sort(),
    );
    for (const folder of ["/evaluation", "/submissions"]) expect(await listed(folder), folder).toEqual([]);
    expect(await listed("/dev")).toEqual(["null"]);
    // What its job is shown comes from there, by a process that it isn't.
    expect((await asJob(["ls", "/store"])).stderr).toContain("Permission denied");
    const processes = (await listed("/proc")).filter((name) => /^\d+$/.test(name));
    expect(processes.length).toBeLessThan(8);
    for (const file of ["environ", "mem"])
      expect((await asJob(["head", "-c", "1", `/proc/1/${file}`])).stderr).toContain("Permission denied");
  });

  test("it can change nothing, there or in the store", async () => {
    const folders = [
      "/",
      "/dev",
      "/evaluation",
      "/node",
      "/proc",
      "/store",
      "/submissions",
      "/usr",
      "/usr/local",
    ];
    for (const folder of folders) {
      const tried = await asJob(["mkdir", join(folder, "planted")]);
      expect(tried.code, folder).toBe(1);
      expect(tried.stderr, folder).toMatch(/Permission denied|Read-only|Not a directory|No such file/);
    }
    for (const [path, content] of Object.entries(files)) {
      expect((await asJob(["ls", path])).stderr, path).toContain("No such file");
      expect(readFileSync(path, "utf8")).toBe(content);
    }
  });

  test("it can't signal the others", async () => {
    for (const part of ["scorer", "web", "worker", "agent", "mariadb", "caddy"] as const)
      expect((await asJob(["kill", "-0", String(runningPid(part))])).stderr, part).toContain(
        "No such process",
      );
  });
});

/** The process that waits for the next job, once it has taken from itself what it has no use for. */
function waitingJob(): Promise<number> {
  return vi.waitFor(
    async () => {
      const [job, ...others] = readdirSync("/proc").filter((name) => /^\d+$/.test(name) && isJob(name));
      if (job === undefined || others.length > 0) throw new Error("No job waits, or others are at work.");
      expect(await output(["cat", `/proc/${job}/limits`])).toMatch(/^Max processes +0 +0 /m);
      return Number(job);
    },
    { timeout: 20_000 },
  );
}

function isJob(pid: string): boolean {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").startsWith("/node\0");
  } catch {
    // Ended while we looked.
    return false;
  }
}
