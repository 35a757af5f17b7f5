import { spawn } from "node:child_process";
import { readFileSync, writeFileSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { childJob } from "../store";

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
  write() {
    try {
      writeFileSync(join(tmpdir(), `medforge-written-${process.pid}`), "x");
      answer("written");
    } catch (error) {
      answer(String(error));
    }
  },
  /** A descendant that leaves the group and holds every stream open. */
  async orphan() {
    spawn("sleep", ["5"], { detached: true, stdio: ["inherit", "inherit", "inherit", 3] });
    await sleep(600_000);
  },
  async pause() {
    const from = Date.now();
    await sleep(50);
    answer(JSON.stringify({ pid: process.pid, from, to: Date.now() }));
  },
};

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
const { submission } = childJob.parse(JSON.parse(readFileSync(0, "utf8")));
const name = Buffer.from(submission.split("/").at(-1) ?? "", "hex")
  .toString()
  .replace(/\0+$/, "");
await deeds[name]?.();
process.exit(0);
