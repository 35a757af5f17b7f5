import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createInterface } from "node:readline/promises";
import type { Progress } from "../context";
import { setupEnv } from "../env";
import { SetupError } from "../errors";
import { type RunOptions, run, tryRun, which } from "../exec";
import { underLock } from "../lock";
import { waitFor } from "../wait";
import { kernelHasZfs } from "../zfs/pool";

/** A program or file, the Debian package that brings it, and the service that the package would start at boot. */
interface Need {
  /** By its name; a file that is no program by its whole path. */
  program: string;
  package: string;
  services?: readonly string[];
}

const kernelZfs: Need = { program: "zpool", package: "zfsutils-linux" };
const userZfs: Need = { program: "zfs-fuse", package: "zfs-fuse", services: ["zfs-fuse"] };

const mariadb: Need = { program: "mariadbd", package: "mariadb-server", services: ["mariadb"] };
const docker: Need = {
  program: "dockerd",
  package: "docker.io",
  services: ["docker.socket", "docker", "containerd"],
};

const basics: readonly Need[] = [
  { program: "iptables", package: "iptables" },
  { program: "ip", package: "iproute2" },
  { program: "caddy", package: "caddy", services: ["caddy", "caddy-api"] },
  { program: "debootstrap", package: "debootstrap" },
  // Without these two debootstrap can't tell a mirror's packages from anyone's.
  { program: "/usr/share/keyrings/debian-archive-keyring.gpg", package: "debian-archive-keyring" },
  { program: "gpgv", package: "gpgv" },
  { program: "setpriv", package: "util-linux" },
  { program: "socat", package: "socat" },
  { program: "ssh-keygen", package: "openssh-client" },
];

/** What the test suite drives on top: a browser, the clients that people use, a clock that can be set, a head. */
const forTests: readonly Need[] = [
  { program: "chromium-headless-shell", package: "chromium-headless-shell" },
  { program: "curl", package: "curl" },
  { program: "rsync", package: "rsync" },
  { program: "ps", package: "procps" },
  { program: "faketime", package: "faketime" },
  // A test world has no way to download it, as set-up does.
  { program: "/usr/share/mricron/templates/ch2.nii.gz", package: "mricron-data" },
];

export interface Wanted {
  ownDatabase: boolean;
  ownPool: boolean;
  ownEngine: boolean;
  tests: boolean;
}

/** The packages whose programs are not there; a program from elsewhere, such as docker-ce, counts as there. */
export async function missingPackages(wanted: Wanted): Promise<Need[]> {
  const zfs = (await kernelHasZfs()) ? kernelZfs : userZfs;
  const needs = [
    ...basics,
    ...(wanted.ownDatabase ? [mariadb] : []),
    ...(wanted.ownPool ? [zfs] : []),
    ...(wanted.ownEngine ? [docker] : []),
    ...(wanted.tests ? forTests : []),
  ];
  return needs.filter(({ program }) => !isThere(program));
}

const isThere = (program: string) =>
  program.startsWith("/") ? existsSync(program) : which(program) !== undefined;

/** Package downloads over a slow line, in ms. */
const aptTimeoutMs = 30 * 60_000;

/** Installs what is missing, after asking on a terminal; nothing that apt brings gets started or enabled. */
export async function ensurePackages(wanted: Wanted, yes: boolean, progress: Progress): Promise<void> {
  if (isCutOff()) await underLock(lockFile, () => finishCutOff(progress));
  const needs = await missingPackages(wanted);
  if (needs.length === 0) return;
  const packages = [...new Set(needs.map((need) => need.package))];
  const command = `apt-get install --no-install-recommends ${packages.join(" ")}`;
  if (!existsSync("/etc/debian_version") || !which("apt-get")) {
    throw new SetupError(
      `These programs are missing: ${needs.map((need) => need.program).join(", ")}, and this is not Debian or Ubuntu.`,
      `Install what brings them (on Debian: ${packages.join(", ")}), then run this again.`,
    );
  }
  if (!yes && !(await consent(packages))) {
    throw new SetupError(
      `These packages are missing: ${packages.join(", ")}.`,
      `Run this again with --yes, or install them yourself: ${command}`,
    );
  }
  const services = needs.flatMap((need) => need.services ?? []);
  await underLock(lockFile, () => install(packages, services, progress));
  const still = await missingPackages(wanted);
  if (still.length > 0) {
    throw new SetupError(
      `apt-get succeeded, yet these programs are still missing: ${still.map((need) => need.program).join(", ")}.`,
      "Look for a held or broken package with `apt-cache policy` and `dpkg --audit`.",
    );
  }
}

async function consent(packages: readonly string[]): Promise<boolean> {
  if (!process.stdin.isTTY || !process.stdout.isTTY) return false;
  const ask = createInterface({ input: process.stdin, output: process.stdout });
  const answer = await ask.question(`Install the missing packages ${packages.join(", ")}? [Y/n] `);
  ask.close();
  return /^(y|yes|)$/i.test(answer.trim());
}

/** How apt runs: asking nothing, through the operator's proxy. */
export function aptOptions(progress: Progress): RunOptions {
  const { http_proxy, https_proxy, no_proxy } = setupEnv();
  const proxies = Object.entries({ http_proxy, https_proxy, no_proxy }).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, value] as const],
  );
  return {
    env: { DEBIAN_FRONTEND: "noninteractive", ...Object.fromEntries(proxies) },
    timeoutMs: aptTimeoutMs,
    onLine: progress,
  };
}

/** How long another apt run may hold its locks, in s: the daily one downloads meanwhile. */
const aptLockSeconds = 300;

/** apt waits by itself for dpkg's lock, but not for that of its package lists. */
async function updateLists(options: RunOptions): Promise<void> {
  await waitFor("apt-get update", aptLockSeconds * 1_000, async () => {
    const updated = await tryRun(["apt-get", "update"], options);
    if (updated.ok) return null;
    const said = `${updated.stderr}\n${updated.stdout}`.trim();
    if (!said.includes("Could not get lock")) throw new Error(`apt-get update failed:\n${said}`);
    return said;
  });
}

async function install(
  packages: readonly string[],
  services: readonly string[],
  progress: Progress,
): Promise<void> {
  const options = aptOptions(progress);
  const lock = ["-o", `DPkg::Lock::Timeout=${aptLockSeconds}`];
  const restore = forbidServiceStarts(services);
  try {
    await updateLists(options);
    await run(["apt-get", ...lock, "install", "--yes", "--no-install-recommends", ...packages], options);
  } catch (error) {
    throw new SetupError(
      `Installing ${packages.join(", ")} failed: ${error instanceof Error ? error.message : error}`,
      "Check that this host reaches its Debian mirror (apt-get update), then run this again.",
      error,
    );
  } finally {
    await keepFromBooting(services);
    restore();
  }
}

const policyFile = "/usr/sbin/policy-rc.d";
const policyMark = "# Put here by medforge while it installs packages";

/** Beside apt's own: a test world has a /run of its own, but the host's packages. */
const lockFile = "/var/cache/apt/medforge.lock";
const servicesLine = /^# Services: (.*)$/m;

/** Package scripts ask this file whether they may start services; it also says what a killed run has yet to do. */
function forbidServiceStarts(services: readonly string[]): () => void {
  if (existsSync(policyFile) && !isCutOff()) return () => undefined;
  const lines = ["#!/bin/sh", `${policyMark}.`, `# Services: ${services.join(" ")}`, "exit 101"];
  writeFileSync(policyFile, `${lines.join("\n")}\n`, { mode: 0o755 });
  return () => rmSync(policyFile, { force: true });
}

/** Whether a run of ours was killed while it installed packages, or is at it. */
function isCutOff(): boolean {
  return existsSync(policyFile) && readFileSync(policyFile, "utf8").includes(policyMark);
}

/** What is left of a killed run: half-installed packages, and services that would start at the next boot. */
async function finishCutOff(progress: Progress): Promise<void> {
  // The run that had the lock before us may have ended well.
  if (!isCutOff()) return;
  const services = servicesLine.exec(readFileSync(policyFile, "utf8"))?.[1] ?? "";
  await run(["dpkg", "--configure", "-a"], aptOptions(progress));
  await keepFromBooting(services.split(" ").filter((name) => name !== ""));
  rmSync(policyFile, { force: true });
}

/** Services of packages that this run brought would otherwise start at the next boot, beside our own parts. */
async function keepFromBooting(services: readonly string[]): Promise<void> {
  if (!existsSync("/run/systemd/system")) return;
  for (const service of services) await tryRun(["systemctl", "disable", "--quiet", service]);
}
