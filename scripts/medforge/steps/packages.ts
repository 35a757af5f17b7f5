import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createInterface } from "node:readline/promises";
import type { Progress } from "../context";
import { SetupError } from "../errors";
import { run, tryRun, which } from "../exec";
import { kernelHasZfs } from "../zfs/pool";

/** A program, the Debian package that brings it, and the service that the package would start at boot. */
interface Need {
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
  { program: "setpriv", package: "util-linux" },
  { program: "ssh-keygen", package: "openssh-client" },
];

/** What the test suite drives on top: a browser, the clients that people use, and a clock that can be set. */
const forTests: readonly Need[] = [
  { program: "chromium", package: "chromium" },
  { program: "curl", package: "curl" },
  { program: "rsync", package: "rsync" },
  { program: "ps", package: "procps" },
  { program: "faketime", package: "faketime" },
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
  return needs.filter((need) => which(need.program) === undefined);
}

/** Package downloads over a slow line, in ms. */
const aptTimeoutMs = 30 * 60_000;

/** Installs what is missing, after asking on a terminal; nothing that apt brings gets started or enabled. */
export async function ensurePackages(wanted: Wanted, yes: boolean, progress: Progress): Promise<void> {
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
  await install(packages, progress);
  await keepFromBooting(needs.flatMap((need) => need.services ?? []));
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

async function install(packages: readonly string[], progress: Progress): Promise<void> {
  const options = {
    env: { DEBIAN_FRONTEND: "noninteractive" },
    timeoutMs: aptTimeoutMs,
    onLine: progress,
  };
  // Another apt run may hold the lock for a moment.
  const lock = ["-o", "DPkg::Lock::Timeout=300"];
  const restore = forbidServiceStarts();
  try {
    await run(["apt-get", ...lock, "update"], options);
    await run(["apt-get", ...lock, "install", "--yes", "--no-install-recommends", ...packages], options);
  } catch (error) {
    throw new SetupError(
      `Installing ${packages.join(", ")} failed: ${error instanceof Error ? error.message : error}`,
      "Check that this host reaches its Debian mirror (apt-get update), then run this again.",
      error,
    );
  } finally {
    restore();
  }
}

const policyFile = "/usr/sbin/policy-rc.d";
const policyMark = "# Put here by medforge while it installs packages";

/** Package scripts ask this file whether they may start services. One of our own from a killed run is replaced. */
function forbidServiceStarts(): () => void {
  const foreign = existsSync(policyFile) && !readFileSync(policyFile, "utf8").includes(policyMark);
  if (foreign) return () => undefined;
  writeFileSync(policyFile, `#!/bin/sh\n${policyMark}.\nexit 101\n`, { mode: 0o755 });
  return () => rmSync(policyFile, { force: true });
}

/** Services of packages that this run brought would otherwise start at the next boot, beside our own parts. */
async function keepFromBooting(services: readonly string[]): Promise<void> {
  if (!existsSync("/run/systemd/system")) return;
  for (const service of services) await tryRun(["systemctl", "disable", "--quiet", service]);
}
