import { inArray } from "drizzle-orm";
import { connectDb, type Db } from "@/db/client";
import { sessions } from "@/db/schema";
import { requestStopAll } from "@/lib/sessions/commands/stop";
import { activeSessionStates } from "@/lib/sessions/model";
import type { Context } from "../context";
import { withData } from "../cure";
import { goingOn, livingSessions } from "../docker/living";
import { SetupError } from "../errors";
import { lockHolder, takeDataFolder } from "../lock";
import { openInstallation } from "../open";
import { partNames } from "../parts/part";
import { endProcess } from "../processes";
import { databaseUrlOf } from "../secrets";
import { stopLeftovers } from "../shutdown";
import { findChild } from "../supervisor/child";
import { askDown, supervisorStatus } from "../supervisor/control";
import { waitFor } from "../wait";

export interface DownOptions {
  data?: string;
  sessions?: boolean;
}

/** Snapshots of large workspaces, and up to the longest grace period, in ms. */
const sessionsTimeoutMs = 15 * 60_000;
/** Every part's own grace period after another, in ms. */
const downTimeoutMs = 5 * 60_000;

/** For set-up that serves nothing yet, in ms. */
const setupGraceMs = 60_000;

async function stopSessions({ config, layout }: Context): Promise<void> {
  const db: Db = connectDb({ url: databaseUrlOf(config, layout, "worker"), poolSize: 1 });
  try {
    await untilStopped(db);
  } finally {
    await db.$client.end();
  }
}

/**
 * Until the records say so: by then the snapshot is taken and the container gone. Asks anew each time, since people can
 * launch as long as web runs.
 */
async function untilStopped(db: Db): Promise<void> {
  let last = "";
  await waitFor("Sessions", sessionsTimeoutMs, async () => {
    const asked = await requestStopAll(db, "The installation is being shut down.");
    if (asked > 0) console.log(`Asked ${asked} session${asked === 1 ? "" : "s"} to snapshot and stop.`);
    const active = inArray(sessions.state, activeSessionStates);
    const rows = await db.select({ slug: sessions.slug, state: sessions.state }).from(sessions).where(active);
    const text = rows.map(({ slug, state }) => `${slug} ${state}`).join(", ");
    if (text !== "" && text !== last) console.log(`  ${text}`);
    last = text;
    return rows.length === 0 ? null : text;
  });
}

/** Says what still runs although it was to be stopped; zfs stays where something uses it. @returns the exit code. */
function tellStuck({ layout }: Context): number {
  const stuck = partNames.filter((name) => name !== "zfs" && findChild(layout, name) !== undefined);
  if (stuck.length === 0) return 0;
  console.error(
    `Not stopped: ${stuck.join(", ")}. ${withData("Look at `./medforge logs`, then run `./medforge down` again.", layout.dir)}`,
  );
  return 1;
}

/** @returns the exit code. */
export async function downCommand(options: DownOptions): Promise<number> {
  const context = openInstallation(options.data);
  const { layout, config } = context;
  const status = await supervisorStatus(layout);
  if (options.sessions) {
    if (status?.phase !== "ready") {
      throw new SetupError(
        "Sessions are stopped by the worker and the agent, and MedForge is not running.",
        "Run `./medforge up --detach` first, then `./medforge down --sessions`.",
      );
    }
    await stopSessions(context);
  }
  const holder = status ? undefined : lockHolder(layout);
  if (holder) {
    await endProcess("Set-up", holder, setupGraceMs);
    console.log(`Set-up (pid ${holder.pid}) was ended.`);
  }
  if (!status) {
    // No `up` may begin among what is being stopped.
    await takeDataFolder(layout);
    const stopped = await stopLeftovers(context, (doing) => console.log(doing));
    console.log(stopped.length === 0 ? "MedForge is not running." : `Stopped: ${stopped.join(", ")}.`);
    return tellStuck(context);
  }
  await askDown(layout);
  let last = "";
  await waitFor("Stopping", downTimeoutMs, async () => {
    const now = await supervisorStatus(layout);
    if (!now) return null;
    if (now.doing !== last) console.log(now.doing);
    last = now.doing;
    return now.doing;
  });
  if (tellStuck(context) !== 0) return 1;
  const left = livingSessions(config, layout);
  const pool = findChild(layout, "zfs")
    ? "Stopped. zfs-fuse goes on: a pool that it serves may still be in use (`zpool list`)."
    : "Stopped.";
  console.log(left.length === 0 ? pool : `Stopped. ${withData(goingOn(left), layout.dir)}`);
  return 0;
}
