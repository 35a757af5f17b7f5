import { existsSync, lstatSync, readFileSync, realpathSync, statfsSync } from "node:fs";
import { dockerSocketOf, engineInfo } from "../docker/engine";
import { SetupError } from "../errors";
import { run, tryRun } from "../exec";
import { pathWeakness } from "../steps/folders";
import { simulatedGpusOf } from "../steps/gpus";
import { missingPackages } from "../steps/packages";
import { findAccount, serviceUsers } from "../users";
import { zfsParentOf } from "../zfs/pool";
import type { Check } from "./finding";

const up = "Run `./medforge up`: it puts this right.";
const gb = 1024 ** 3;
/** Below this a database or an engine soon fails in ways that are hard to read, in bytes. */
const scarceBytes = 2 * gb;

const packages: Check = {
  part: "packages",
  async look({ config }) {
    const missing = await missingPackages({
      ownDatabase: config.databaseUrl === null,
      ownPool: config.zfsParent === null,
      ownEngine: config.dockerHost === null,
      tests: false,
    });
    if (missing.length === 0) return "all there";
    const names = missing.map((need) => need.package).join(", ");
    throw new SetupError(`missing: ${names}`, "Run `./medforge up --yes`: it installs them.");
  },
};

const users: Check = {
  part: "users",
  async look() {
    const missing = serviceUsers.filter((user) => findAccount(user) === undefined);
    if (missing.length === 0) return `${serviceUsers.length} service users`;
    throw new SetupError(`missing: ${missing.join(", ")}`, up);
  },
};

/** Files whose content must stay root's. */
const folder: Check = {
  part: "folder",
  async look({ layout }) {
    // Development runs from the checkout and has no release.
    const roots = [layout.dir, ...(existsSync(layout.current) ? [realpathSync(layout.current)] : [])];
    const weakness = roots.map(pathWeakness).find((found) => found !== null);
    if (weakness)
      throw new SetupError(weakness, "Give it back to root (chown root, chmod go-w), then `./medforge up`.");
    for (const file of [layout.configFile, layout.secretsFile]) {
      if ((lstatSync(file).mode & 0o077) !== 0) {
        throw new SetupError(`${file} can be read by others than root`, `Run \`chmod 600 ${file}\`.`);
      }
    }
    const { bavail, bsize } = statfsSync(layout.dir);
    const free = bavail * bsize;
    if (free < scarceBytes) {
      throw new SetupError(
        `only ${(free / gb).toFixed(1)} GB free on ${layout.dir}`,
        "Free space on that disk.",
      );
    }
    return `${layout.dir}, ${Math.floor(free / gb)} GB free`;
  },
};

const pool: Check = {
  part: "zfs",
  async look({ config }) {
    const parent = zfsParentOf(config);
    const listed = await tryRun(["zfs", "get", "-H", "-p", "-o", "value", "available", parent]);
    if (!listed.ok) throw new SetupError(`${parent} is not there: ${listed.stderr.split("\n")[0]}`, up);
    if (config.zfsParent === null) {
      const health = (
        await run(["zpool", "list", "-H", "-o", "health", parent.split("/")[0] ?? parent])
      ).trim();
      if (health !== "ONLINE") {
        throw new SetupError(`the pool is ${health}`, "See `zpool status` and the disk that it names.");
      }
    }
    return `${parent}, ${Math.floor(Number(listed.stdout.trim()) / gb)} GB available`;
  },
};

const docker: Check = {
  part: "docker",
  async look({ config, layout }) {
    const socket = dockerSocketOf(config, layout);
    const engine = await engineInfo(socket).catch((error: Error) => {
      throw new SetupError(`the engine on ${socket} does not answer: ${error.message}`, up, error);
    });
    if (!engine.remapped) throw new SetupError("the engine runs without user-namespace remap", up);
    const restore = engine.liveRestore ? "" : ", without live-restore: its restart ends sessions";
    return `${engine.version}, users remapped${restore}`;
  },
};

const gpus: Check = {
  part: "gpus",
  async look({ config }) {
    const simulated = await simulatedGpusOf(config);
    return simulated > 0 ? `${simulated} simulated` : "real, from nvidia-smi";
  },
};

const forwardFile = "/proc/sys/net/ipv4/ip_forward";

const forwarding: Check = {
  part: "network",
  async look() {
    if (readFileSync(forwardFile, "utf8").trim() === "1") return "forwarding is on";
    throw new SetupError(
      "IPv4 forwarding is off: sessions' ports can't be reached",
      "Run `sysctl -w net.ipv4.ip_forward=1`, and look for what turns it off (/etc/sysctl.d).",
    );
  },
};

export const hostChecks: readonly Check[] = [packages, users, folder, gpus, pool, docker, forwarding];
