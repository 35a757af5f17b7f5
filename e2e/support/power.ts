import { randomUUID } from "node:crypto";
import { readdirSync, readFileSync, readlinkSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { z } from "zod";
import { testEnv } from "./env";
import { mountPoints, processes } from "./host";
import { output } from "./run";
import { despiteFaults } from "./trial";
import { supervisorPid } from "./victims";

const configFile = z.object({ seed: z.string() });

/** What the installation calls its own things on the host. */
function shortName(): string {
  const text = readFileSync(join(testEnv().MEDFORGE_TEST_DATA_DIR, "config.json"), "utf8");
  return configFile.parse(JSON.parse(text)).seed.slice(-8);
}

/** Programs that a host runs for this installation; whatever sessions run is found by its control group. */
const programs = new Set(["dockerd", "containerd", "zfs-fuse", "mariadbd", "caddy"]);
const ownScripts = /\/(worker\.mjs|agent\.mjs|server\.js)$|^next-server/;

function inContainer(pid: number, group: string): boolean {
  try {
    return readFileSync(`/proc/${pid}/cgroup`, "utf8").includes(group);
  } catch {
    // Ended while we looked.
    return false;
  }
}

/** Everything that lives by the installation: supervisor, parts, what they started, and all sessions' processes. */
function living(): number[] {
  const group = `/medforge-${shortName()}`;
  const supervisor = supervisorPid();
  return processes()
    .filter(({ pid, argv }) => {
      const program = basename(argv[0] ?? "");
      return (
        pid === supervisor ||
        programs.has(program) ||
        program.startsWith("containerd-shim") ||
        argv.some((text) => ownScripts.test(text)) ||
        inContainer(pid, group)
      );
    })
    .filter(({ pid }) => hasProgram(pid))
    .map(({ pid }) => pid);
}

/** A zombie has none any more. */
function hasProgram(pid: number): boolean {
  try {
    return readlinkSync(`/proc/${pid}/exe`) !== "";
  } catch {
    // It ended.
    return false;
  }
}

/** What only lives in the kernel's memory and so is gone after a restart: mounts, rules, bridges, /run. */
async function emptyKernel(): Promise<void> {
  const data = testEnv().MEDFORGE_TEST_DATA_DIR;
  const runFolder = `/run/medforge-${shortName()}`;
  const ours = mountPoints().filter((point) =>
    [`${data}/`, `${runFolder}/`, "/zfs-kstat"].some((start) => point.startsWith(start)),
  );
  for (const point of ours.reverse()) await output(["umount", "--lazy", point]);
  for (const program of ["iptables", "ip6tables"]) {
    for (const table of ["filter", "nat", "mangle", "raw"]) {
      await output([program, "-t", table, "-F"]);
      await output([program, "-t", table, "-X"]);
    }
    await output([program, "-P", "FORWARD", "ACCEPT"]);
  }
  const links = (await output(["ip", "-brief", "link"]))
    .split("\n")
    .map((line) => line.split(/[@\s]/)[0] ?? "");
  for (const link of links.filter((name) => /^(mfx-|mfi-|veth|docker)/.test(name))) {
    await output(["ip", "link", "delete", link]).catch((error: Error) => {
      // The other end of a pair went with the first, or with its container.
      if (!error.message.includes("Cannot find device")) throw error;
    });
  }
  // As at boot; Docker switches it on and then closes FORWARD to all that it does not know.
  writeFileSync("/proc/sys/net/ipv4/ip_forward", "0");
  rmSync(runFolder, { recursive: true, force: true });
  for (const name of readdirSync("/run").filter((entry) => entry.startsWith("zfs"))) {
    rmSync(join("/run", name), { recursive: true, force: true });
  }
}

/**
 * As near to a power cut as a machine comes that stays on: every process is killed at once and the kernel forgets what
 * they set up. What differs is the disk: the kernel still writes out what they wrote and did not sync.
 */
export async function endEveryProcess(): Promise<void> {
  await despiteFaults("nothing of the installation runs", async () => {
    const pids = living();
    for (const pid of pids) {
      try {
        process.kill(pid, "SIGKILL");
      } catch (error) {
        // Went with another.
        if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
      }
    }
    return pids.length === 0 ? true : undefined;
  });
  await emptyKernel();
}

/** From here on the kernel tells of another boot: a file of ours lies over its own, in this world alone. */
export async function forgetBoot(): Promise<void> {
  const file = join(testEnv().MEDFORGE_TEST_REPORT_DIR, `boot-id-${randomUUID()}`);
  writeFileSync(file, `${randomUUID()}\n`);
  await output(["mount", "--bind", file, "/proc/sys/kernel/random/boot_id"]);
}
