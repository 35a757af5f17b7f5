import { type Context, runStep } from "./context";
import { engineInfo } from "./docker/engine";
import { tryRun } from "./exec";
import { dockerPart } from "./parts/docker";
import { mariadbPart } from "./parts/mariadb";
import type { Part } from "./parts/part";
import { zfsPart } from "./parts/zfs";
import { databaseFilesStep, databaseUsersStep } from "./steps/database";
import { givenEngineStep, imageStep } from "./steps/engine";
import { gpusStep } from "./steps/gpus";
import { findChild } from "./supervisor/child";
import type { Supervisor } from "./supervisor/supervisor";
import { ensurePool, usesZfsFuse, zfsParentOf } from "./zfs/pool";

const systemSocket = "/var/run/docker.sock";

/** Starts a part as a step of its own. */
export async function startPart(
  context: Context,
  supervisor: Supervisor,
  title: string,
  part: Part,
): Promise<void> {
  await runStep(context, {
    name: title,
    check: async () => null,
    async run() {
      await supervisor.start(part);
      return "running";
    },
  });
}

async function startPool(context: Context, supervisor: Supervisor): Promise<void> {
  // A zfs-fuse that somebody else started serves every pool of the host; there can't be a second.
  const served = !findChild(context.layout, "zfs") && (await tryRun(["zpool", "list", "-H"])).ok;
  if (!served && (await usesZfsFuse(context.config))) {
    await startPart(context, supervisor, "ZFS (in user space)", zfsPart(context));
    return;
  }
  await runStep(context, {
    name: "ZFS",
    check: async () => null,
    async run() {
      await ensurePool(context);
      return zfsParentOf(context.config);
    },
  });
}

/** Two engines get along, but whoever flushes the firewall for one breaks the other. */
async function tellOfSystemEngine({ report }: Context): Promise<void> {
  const other = await engineInfo(systemSocket).catch(() => undefined);
  if (!other) return;
  const text = `Note: another Docker engine (${systemSocket}) shares this host's iptables chains; don't flush them.`;
  report.event({ kind: "note", text });
}

async function startEngine(context: Context, supervisor: Supervisor): Promise<void> {
  if (context.config.dockerHost !== null) await runStep(context, givenEngineStep);
  else {
    await tellOfSystemEngine(context);
    await startPart(context, supervisor, "Docker engine", dockerPart(context));
  }
}

/** The database with its users; nothing else. */
export async function startDatabase(context: Context, supervisor: Supervisor): Promise<void> {
  if (context.config.databaseUrl === null) {
    await runStep(context, databaseFilesStep);
    await startPart(context, supervisor, "MariaDB", mariadbPart(context));
  }
  await runStep(context, databaseUsersStep);
}

/** What MedForge's own parts stand on: GPUs, database, pool, engine, session image. Accounts and folders exist. */
export async function startInfrastructure(context: Context, supervisor: Supervisor): Promise<void> {
  await runStep(context, gpusStep);
  await Promise.all([
    startDatabase(context, supervisor),
    startPool(context, supervisor),
    startEngine(context, supervisor),
  ]);
  await runStep(context, imageStep);
}
