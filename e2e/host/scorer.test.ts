import { createHash } from "node:crypto";
import { readdirSync, readFileSync, readlinkSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
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
  test("it is nobody: own user, no group but its own, no capability, no way to new privileges", () => {
    const processes = [runningPid("scorer"), ...waitingChildren()];
    expect(processes).toHaveLength(2);
    for (const pid of processes) {
      const field = statusOf(pid);
      expect(field("Uid").split("\t")[0]).not.toBe("0");
      for (const part of ["web", "worker", "mariadb"] as const)
        expect(field("Uid")).not.toBe(statusOf(runningPid(part))("Uid"));
      expect(field("Groups")).toBe("");
      expect(field("NoNewPrivs")).toBe("1");
      for (const set of ["CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"])
        expect(field(set), set).toBe("0000000000000000");
    }
  });

  test("it finds no setting in its environment but what it works with, its children not even that", async () => {
    const names = async (pid: number) =>
      (await output(["cat", `/proc/${pid}/environ`]))
        .split("\0")
        .filter(Boolean)
        .map((line) => line.split("=")[0])
        .sort();
    const basics = ["LANG", "PATH", "TZ"];
    const own = ["COMPETITIONS_DIR", "LOG_LEVEL", "SCORER_JOBS", "SCORER_SOCKET"].map(
      (name) => `MEDFORGE_${name}`,
    );
    expect(await names(runningPid("scorer"))).toEqual([...basics, ...own].sort());
    for (const child of waitingChildren()) expect(await names(child)).toEqual([...basics, "NODE_ENV"].sort());
  });

  test("its children hold no file but their four pipes to it", () => {
    for (const child of waitingChildren()) {
      const open = readdirSync(`/proc/${child}/fd`).map(
        (name) => [name, readlinkSync(`/proc/${child}/fd/${name}`)] as const,
      );
      const others = open.filter(([, to]) => !/^(anon_inode|pipe|socket):/.test(to) && to !== "/dev/null");
      expect(others).toEqual([]);
    }
  });

  test("it has no network, not even a loopback", async () => {
    const url = new URL(testEnv().MEDFORGE_TEST_URL);
    const [, address = ""] =
      /inet ([\d.]+)\/\d+ .*scope global/.exec(await output(["ip", "-4", "addr"])) ?? [];
    expect(address).not.toBe("");
    for (const host of ["127.0.0.1", address, "192.0.2.1"])
      expect(await connectTo("scorer", `${host} ${url.port}`), host).toBe("ENETUNREACH");
    // The same program gets through from where there is a network.
    expect(await connectTo("web", `127.0.0.1 ${url.port}`)).toBe("connected");
    const links = (await asPart("scorer", ["ip", "-oneline", "link"])).stdout.trim().split("\n");
    expect(links).toHaveLength(1);
    expect(links[0]).toMatch(/^1: lo: <LOOPBACK> .* state DOWN/);
  });

  test("it can open no socket of the others", async () => {
    const env = testEnv();
    const sockets = [
      data("run/db/mariadb.sock"),
      env.MEDFORGE_TEST_AGENT_SOCKET,
      env.MEDFORGE_TEST_DOCKER_SOCKET,
      data("run/control.sock"),
    ];
    for (const path of sockets) expect(await connectTo("scorer", path), path).toBe("EACCES");
    expect(await connectTo("scorer", socket)).toBe("connected");
  });

  test("it can read neither secrets nor the others' files, environments and memory", async () => {
    const others = (["web", "worker", "agent", "mariadb", "caddy"] as const).flatMap((part) => [
      `/proc/${runningPid(part)}/environ`,
      `/proc/${runningPid(part)}/mem`,
    ]);
    const secrets = ["secrets.json", "config.json", "admin-password"].map(data);
    for (const file of [...others, ...secrets]) {
      const tried = await asPart("scorer", ["head", "-c", "1", file]);
      expect(tried.code, file).toBe(1);
      expect(tried.stderr, file).toContain("Permission denied");
    }
    const folders = ["agent", "db", "zfs", "log", "tls", "caddy", "run/pids", "run/agent", "run/db"].map(
      data,
    );
    for (const folder of [...folders, store("uploads"), store("datasets")]) {
      const tried = await asPart("scorer", ["ls", folder]);
      expect(tried.code, folder).toBe(2);
      expect(tried.stderr, folder).toContain("Permission denied");
    }
  });

  test("it reads the store and can change nothing in it", async () => {
    for (const [path, content] of Object.entries(files)) {
      expect((await asPart("scorer", ["cat", path])).stdout, path).toBe(content);
      for (const argv of [
        ["truncate", "--size=0", path],
        ["rm", "-f", path],
        ["chmod", "0660", path],
      ]) {
        const tried = await asPart("scorer", argv);
        expect(tried.code, argv.join(" ")).toBe(1);
        expect(tried.stderr, argv.join(" ")).toMatch(/Permission denied|Operation not permitted/);
      }
      expect(readFileSync(path, "utf8")).toBe(content);
    }
    const folders = [
      ...new Set(Object.keys(files).map((path) => dirname(path))),
      data("competitions"),
      data("run"),
    ];
    for (const folder of folders) {
      const tried = await asPart("scorer", ["mkdir", join(folder, "planted")]);
      expect(tried.code, folder).toBe(1);
      expect(tried.stderr, folder).toContain("Permission denied");
    }
  });

  test("it can't signal the others", async () => {
    for (const part of ["web", "worker", "agent", "mariadb", "caddy"] as const) {
      const tried = await asPart("scorer", ["kill", "-0", String(runningPid(part))]);
      expect(tried.code, part).toBe(1);
      expect(tried.stderr, part).toMatch(/Operation not permitted/);
    }
  });
});

/** The process that waits for the next job. */
function waitingChildren(): number[] {
  const parent = runningPid("scorer");
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      try {
        return statusOf(pid)("PPid") === String(parent);
      } catch {
        // Ended while we looked.
        return false;
      }
    });
}
