import { readdirSync, readFileSync, readlinkSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { z } from "zod";
import { testEnv } from "./env";
import { eventually } from "./eventually";
import { mountPoints, processes } from "./host";
import { output } from "./run";
import { supervisorPid } from "./victims";

/** Killing is a matter of moments; what is left after this, in ms, can't be killed. */
const killMs = 30_000;

const configFile = z.object({ seed: z.string() });

/** What the installation calls its own things on the host. */
function shortName(): string {
  const text = readFileSync(join(testEnv().MEDFORGE_TEST_DATA_DIR, "config.json"), "utf8");
  return configFile.parse(JSON.parse(text)).seed.slice(-8);
}

/** Programs that a host runs for this installation; whatever sessions run is found by its control group. */
const programs = new Set(["dockerd", "containerd", "socat", "zfs-fuse", "mariadbd", "caddy"]);
const ownScripts = /\/(worker\.mjs|agent\.mjs|server\.js)$|^next-server/;

/** What `look` says of a process; false when it ended while it was looked at. */
function unlessEnded(look: () => boolean): boolean {
  try {
    return look();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ESRCH") return false;
    throw error;
  }
}

/** Everything that lives by the installation: supervisor, parts, what they started, and all sessions' processes. */
function living(): number[] {
  const group = `/medforge-${shortName()}`;
  const supervisor = supervisorPid();
  const isOurs = (pid: number, argv: readonly string[]) => {
    const program = basename(argv[0] ?? "");
    return (
      pid === supervisor ||
      programs.has(program) ||
      program.startsWith("containerd-shim") ||
      argv.some((text) => ownScripts.test(text)) ||
      unlessEnded(() => readFileSync(`/proc/${pid}/cgroup`, "utf8").includes(group))
    );
  };
  return (
    processes()
      .filter(({ pid, argv }) => isOurs(pid, argv))
      // A zombie has no program any more.
      .filter(({ pid }) => unlessEnded(() => readlinkSync(`/proc/${pid}/exe`) !== ""))
      .map(({ pid }) => pid)
  );
}

/** Mounts of the installation and its engine. */
async function unmountAll(runFolder: string): Promise<void> {
  const starts = [`${testEnv().MEDFORGE_TEST_DATA_DIR}/`, `${runFolder}/`, "/zfs-kstat"];
  const ours = mountPoints().filter((point) => starts.some((start) => point.startsWith(start)));
  for (const point of ours.reverse()) await output(["umount", "--lazy", point]);
}

async function emptyFirewall(): Promise<void> {
  for (const program of ["iptables", "ip6tables"]) {
    for (const table of ["filter", "nat", "mangle", "raw"]) {
      await output([program, "-t", table, "-F"]);
      await output([program, "-t", table, "-X"]);
    }
    await output([program, "-P", "FORWARD", "ACCEPT"]);
  }
}

async function removeLinks(): Promise<void> {
  const links = (await output(["ip", "-brief", "link"]))
    .split("\n")
    .map((line) => line.split(/[@\s]/)[0] ?? "");
  for (const link of links.filter((name) => /^(mfx-|mfi-|veth|docker)/.test(name))) {
    await output(["ip", "link", "delete", link]).catch((error: Error) => {
      // The other end of a pair went with the first, or with its container.
      if (!error.message.includes("Cannot find device")) throw error;
    });
  }
}

/** What lives in the kernel's memory alone and so is gone after a restart: mounts, rules, bridges, /run. */
async function emptyKernel(): Promise<void> {
  const runFolder = `/run/medforge-${shortName()}`;
  await unmountAll(runFolder);
  await emptyFirewall();
  await removeLinks();
  // As at boot; Docker switches it on and then closes FORWARD to all that it does not know.
  writeFileSync("/proc/sys/net/ipv4/ip_forward", "0");
  rmSync(runFolder, { recursive: true, force: true });
  for (const name of readdirSync("/run").filter((entry) => entry.startsWith("zfs"))) {
    rmSync(join("/run", name), { recursive: true, force: true });
  }
}

/**
 * As near to a power cut as a machine comes that stays on: every process of the installation is killed at once, and the
 * kernel forgets what they set up. What differs: the disk still gets what they wrote and did not sync, and the kernel's
 * boot id stays, since a file laid over it would keep containers from mounting /proc. The engine's start tells as well.
 */
export async function cutPower(): Promise<void> {
  await eventually("nothing of the installation runs", killMs, () => {
    const pids = living();
    for (const pid of pids) unlessEnded(() => process.kill(pid, "SIGKILL"));
    return pids.length === 0 ? true : undefined;
  });
  await emptyKernel();
}
