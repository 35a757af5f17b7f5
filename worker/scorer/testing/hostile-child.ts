import { spawn, spawnSync } from "node:child_process";
import {
  appendFileSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { becomeAlone } from "../alone";
import { childJob } from "../store";
import { lingering } from "./lingering";

/** In the engine's place: does what no file can make the engine do, as if a file had taken it over. */
const deeds: Readonly<Record<string, () => Promise<void> | void>> = {
  spin() {
    for (;;);
  },
  objects() {
    const kept: object[][] = [];
    for (;;) kept.push(Array.from({ length: 10_000 }, (_, index) => ({ index })));
  },
  /** Outside of V8's heap; says how much it got before it was refused more. */
  buffers() {
    const kept: Buffer[] = [];
    try {
      for (;;) kept.push(Buffer.alloc(8 << 20, 1));
    } catch {
      answer(status("VmHWM"));
    }
  },
  print() {
    for (;;) writeSync(1, "a line of nothing\n".repeat(1_000));
  },
  answer() {
    for (;;) writeSync(3, "{}".repeat(100_000));
  },
  lies() {
    writeSync(3, '{"outcome":"scored"}\n{"outcome":"scored"}\n');
  },
  dies() {
    writeSync(2, "the last words\n");
    process.kill(process.pid, "SIGSEGV");
  },
  /** All ways to leave something, wherever its user could. */
  write() {
    const folders = [
      "/",
      "/dev",
      "/evaluation",
      "/submissions",
      "/proc",
      "/proc/sys/kernel",
      "/usr",
      "/var/tmp",
    ];
    const ways = {
      file: (path: string) => writeFileSync(path, ""),
      folder: (path: string) => mkdirSync(path),
      symlink: (path: string) => symlinkSync("x".repeat(3_000), path),
      link: (path: string) => linkSync(job.submission, path),
    };
    const made = [tmpdir(), ...folders].flatMap((folder) =>
      Object.entries(ways).flatMap(([name, make]) =>
        succeeds(() => make(join(folder, `medforge-planted-${name}`))) ? [`${folder}: ${name}`] : [],
      ),
    );
    if (succeeds(() => appendFileSync(job.submission, "x"))) made.push(job.submission);
    answer(JSON.stringify(made));
  },
  /** A descendant that leaves the group and holds every stream open. */
  async orphan() {
    spawn("sleep", [lingering], { detached: true, stdio: ["inherit", "inherit", "inherit", 3] });
    await sleep(600_000);
  },
  /** Answers, and leaves one in the group and one that left it. */
  leave() {
    spawn("sleep", [lingering], { stdio: "ignore" }).unref();
    spawn("sleep", [lingering], { stdio: "ignore", detached: true }).unref();
    answer("left");
  },
  /** Once it is alone, as the engine is. */
  async breed() {
    await becomeAlone();
    answer(String(spawnSync("true", { stdio: "inherit" }).error));
  },
  /** What there is beside its job: files of the store, processes, bounds. */
  async look() {
    await becomeAlone();
    const visible = (path: string) => (succeeds(() => readdirSync(path)) ? readdirSync(path) : []);
    answer(
      JSON.stringify({
        root: visible("/").filter((name) => !systemFolders.test(name)),
        evaluation: visible("/evaluation"),
        submissions: visible("/submissions"),
        store: visible("/store"),
        processes: visible("/proc").filter((name) => /^\d+$/.test(name)).length,
        settings: readFileSync("/proc/self/environ", "utf8").match(/(?<=^|\0)\w+(?==)/g),
        others: succeeds(() => readFileSync("/proc/1/environ")),
        service: succeeds(() => process.kill(1, 0)),
        links: readFileSync("/proc/net/dev", "utf8").trim().split("\n").slice(2).length,
        limits: readFileSync("/proc/self/limits", "utf8"),
      }),
    );
  },
  /** A reason as long as an answer may be. */
  tell() {
    const problem = {
      ...{
        type: "urn:medforge:problem:submission_rejected",
        title: "The submission is rejected",
        status: 422,
      },
      ...{ detail: "secret ".repeat(100), rule: "rule" },
    };
    writeSync(3, `${JSON.stringify({ outcome: "rejected", problem })}\n`);
  },
  async pause() {
    const from = Date.now();
    await sleep(50);
    answer(JSON.stringify({ startedAt: performance.timeOrigin, from, to: Date.now() }));
  },
};

/** Of the system's own. */
const systemFolders = /^(bin|dev|lib\d*|proc|sbin|usr)$/;

function succeeds(act: () => unknown): boolean {
  try {
    act();
    return true;
  } catch {
    return false;
  }
}

/** The evaluation is none: `broken` is the outcome that says a text. */
function answer(detail: string): void {
  writeSync(3, `${JSON.stringify({ outcome: "broken", detail })}\n`);
}

function status(name: string): string {
  return (
    new RegExp(`^${name}:\\s*(\\d+) kB$`, "m").exec(readFileSync("/proc/self/status", "utf8"))?.[1] ?? ""
  );
}

/** A submission's name says which: the deed's in hexadecimal digits. */
const job = childJob.parse(JSON.parse(readFileSync(0, "utf8")));
const name = Buffer.from(job.submission.split("/").at(-1) ?? "", "hex")
  .toString()
  .replace(/\0+$/, "");
await deeds[name]?.();
process.exit(0);
