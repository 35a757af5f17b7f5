import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readlinkSync,
  writeFileSync,
} from "node:fs";
import { basename, join } from "node:path";
import { rows } from "./database";
import { eventually } from "./eventually";
import { stepMs } from "./lab";
import { output } from "./run";
import { mariadb, type Victim, web, whileDown, worker } from "./victims";

/**
 * Clocks that can be set, by Debian's libfaketime: the programs read the wall clock plus an offset that lies in a file.
 * Their timers and everything in the kernel and in Docker keep the true time.
 */
const folder = "/run/medforge-clock";
const offsetFile = join(folder, "offset");

function library(): string {
  const found = readdirSync("/usr/lib")
    .map((name) => join("/usr/lib", name, "faketime/libfaketimeMT.so.1"))
    .find(existsSync);
  if (found === undefined) throw new Error("libfaketime is not installed (Debian's package faketime).");
  return found;
}

/** Lies over the program in this world; runs the true one, with the settable clock where `of` says so. */
async function cover(program: string, of: string): Promise<string> {
  const kept = join(folder, basename(program));
  copyFileSync(program, kept);
  const wrapper = join(folder, `${basename(program)}.sh`);
  const text = [
    "#!/bin/sh",
    `case "$*" in ${of})`,
    `  export LD_PRELOAD=${library()} FAKETIME_TIMESTAMP_FILE=${offsetFile} FAKETIME_CACHE_DURATION=1`,
    "  export FAKETIME_DONT_FAKE_MONOTONIC=1 DONT_FAKE_MONOTONIC=1 ;;",
    "esac",
    `exec ${kept} "$@"`,
  ];
  writeFileSync(wrapper, `${text.join("\n")}\n`);
  chmodSync(wrapper, 0o755);
  await output(["mount", "--bind", wrapper, program]);
  return program;
}

async function databaseSays(): Promise<number> {
  const [row] = await rows("SELECT UNIX_TIMESTAMP(UTC_TIMESTAMP(3)) AS now");
  return Number(row?.now) * 1000;
}

export interface SettableClock {
  /** Sets database, web and worker this far ahead of the true time, in hours; returns once the database says so. */
  set(hours: number): Promise<void>;
}

const parts: readonly Victim[] = [mariadb, web, worker];

/** Runs `work` while database, web and worker go by a clock that can be set; afterwards by the true one again. */
export async function withSettableClock(work: (clock: SettableClock) => Promise<void>): Promise<void> {
  mkdirSync(folder, { mode: 0o755 });
  writeFileSync(offsetFile, "+0h\n");
  const node = readlinkSync(`/proc/${worker.pid()}/exe`);
  const database = readlinkSync(`/proc/${mariadb.pid()}/exe`);
  const covered: string[] = [];
  try {
    covered.push(await cover(node, "*worker.mjs*|*server.js*"));
    covered.push(await cover(database, "*"));
    for (const part of parts) await whileDown(part, async () => undefined);
    await work({ set });
  } finally {
    writeFileSync(offsetFile, "+0h\n");
    for (const program of covered) await output(["umount", program]);
    for (const part of parts) await whileDown(part, async () => undefined);
    await output(["rm", "-r", folder]);
  }
}

async function set(hours: number): Promise<void> {
  writeFileSync(offsetFile, `${hours < 0 ? "" : "+"}${hours}h\n`);
  await eventually(`the database's clock is set ${hours} h ahead`, stepMs, async () => {
    const offset = (await databaseSays()) - Date.now();
    return Math.abs(offset - hours * 3_600_000) < 60_000 ? true : undefined;
  });
}
