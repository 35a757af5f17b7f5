import { and, asc, eq, isNull } from "drizzle-orm";
import { connectDb, type Db } from "@/db/client";
import { users } from "@/db/schema";
import type { CommandContext } from "@/lib/competitions/commands/context";
import type { CompetitionStore } from "@/lib/competitions/folder/store";
import { zoneSetting } from "@/lib/kernel/env/zone";
import { newPublicId } from "@/lib/kernel/ids";
import { adminName } from "../admin";
import { internalUrlOf, sshHostOf, urlOf } from "../config";
import type { Context } from "../context";
import { SetupError } from "../errors";
import { databaseUrlOf } from "../secrets";
import { accountOf } from "../users";

/** The lab's first administrator, or else the one who has been one for longest. @throws SetupError where there is none */
async function findAdmin(db: Db) {
  const admins = await db
    .select()
    .from(users)
    .where(and(eq(users.role, "admin"), isNull(users.disabledAt)))
    .orderBy(asc(users.id));
  const admin = admins.find(({ username }) => username === adminName) ?? admins[0];
  if (admin) return admin;
  throw new SetupError("No administrator's account is enabled here.", "Enable one under Admin, Users.");
}

/**
 * Runs what the operator of the host asks for as the lab's administrator, in whose name it is on record.
 * @throws SetupError where there is none
 */
export async function asAdmin<Result>(
  { config, layout }: Context,
  work: (context: CommandContext) => Promise<Result>,
): Promise<Result> {
  const db = connectDb({ url: databaseUrlOf(config, layout, "web"), poolSize: 4 });
  try {
    const { id: userId, publicId, username, role, canUseInternal, maxSessions } = await findAdmin(db);
    const actor = { userId, publicId, username, role, canUseInternal, maxSessions, via: "login" } as const;
    const settings = {
      url: urlOf(config),
      internalUrl: internalUrlOf(config),
      sshHost: sshHostOf(config),
      zone: zoneSetting.parse(config.zone ?? undefined),
    };
    // Nobody needs to be woken: the worker looks every second.
    return await work({ db, actor, requestId: newPublicId("evt"), wake: () => undefined, settings });
  } finally {
    await db.$client.end();
  }
}

/** The store as root writes it: for web, and readable for the scorer. */
export function storeOf({ layout }: Context): CompetitionStore {
  const web = accountOf("medforge-web");
  const owners = { web: web.uid, webGroup: web.gid, scorerGroup: accountOf("medforge-scorer").gid };
  return { dir: layout.competitions, owners };
}
