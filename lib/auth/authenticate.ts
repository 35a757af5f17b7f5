import { and, eq, isNull, lt, or } from "drizzle-orm";
import type { Db } from "@/db/client";
import { apiTokens, monitorTokens, users } from "@/db/schema";
import { AppError } from "@/lib/kernel/errors";
import { toActor } from "./actor";
import { sha256Hex } from "./hashes";
import { readLogin } from "./lucia";
import type { Actor, Monitor } from "./model";
import type { CookieJar } from "./procedure";
import { tokenUseResolutionSeconds } from "./tunables";

export interface Credentials {
  readonly authorization: string | null;
  readonly cookie: string | null;
  /** Where a renewed login's cookie goes; null where cookies can't be set. */
  readonly renewal: CookieJar | null;
}

export interface Identity {
  readonly actor: Actor | null;
  readonly loginIdHash: string | null;
  /** Set instead of an actor where the token is a monitor's. */
  readonly monitor: Monitor | null;
}

const nobody: Identity = { actor: null, loginIdHash: null, monitor: null };

/**
 * Who the credentials belong to. An Authorization header is decisive: when it is no good the request fails, whatever
 * cookie came along. A cookie that is no good is the same as none.
 * @throws AppError unauthenticated
 */
export async function authenticate(db: Db, credentials: Credentials): Promise<Identity> {
  if (credentials.authorization !== null) return readToken(db, credentials.authorization);
  if (credentials.cookie === null) return nobody;
  const login = await readLogin(db, credentials.cookie, credentials.renewal);
  if (!login) return nobody;
  const [user] = await db.select().from(users).where(eq(users.id, login.userId));
  if (!user || user.disabledAt) return nobody;
  return { ...nobody, actor: toActor(user, "login"), loginIdHash: login.idHash };
}

async function readToken(db: Db, authorization: string): Promise<Identity> {
  const secret = /^Bearer +(mf_[A-Za-z0-9_-]{43})$/i.exec(authorization.trim())?.[1];
  if (!secret) throw badToken();
  const secretHash = sha256Hex(secret);
  const [row] = await db
    .select({ token: apiTokens, user: users })
    .from(apiTokens)
    .innerJoin(users, eq(users.id, apiTokens.userId))
    .where(eq(apiTokens.secretHash, secretHash));
  if (!row) return { ...nobody, monitor: await readMonitor(db, secretHash) };
  const now = new Date();
  if (row.user.disabledAt || (row.token.expiresAt && row.token.expiresAt <= now)) throw badToken();
  await noteUse(db, row.token, now);
  return { ...nobody, actor: toActor(row.user, "token") };
}

async function readMonitor(db: Db, secretHash: string): Promise<Monitor> {
  const [monitor] = await db
    .select({ tokenId: monitorTokens.id, publicId: monitorTokens.publicId, nodeId: monitorTokens.nodeId })
    .from(monitorTokens)
    .where(eq(monitorTokens.secretHash, secretHash));
  if (!monitor) throw badToken();
  return monitor;
}

/** Conditional, so that of many calls at once only one writes. */
async function noteUse(db: Db, token: { id: number; lastUsedAt: Date | null }, now: Date): Promise<void> {
  const staleBefore = new Date(now.getTime() - tokenUseResolutionSeconds * 1000);
  if (token.lastUsedAt && token.lastUsedAt >= staleBefore) return;
  await db
    .update(apiTokens)
    .set({ lastUsedAt: now })
    .where(
      and(
        eq(apiTokens.id, token.id),
        or(isNull(apiTokens.lastUsedAt), lt(apiTokens.lastUsedAt, staleBefore)),
      ),
    );
}

function badToken(): AppError {
  return new AppError(
    "unauthenticated",
    "The API token is unknown, expired or revoked. Send a valid one as `Authorization: Bearer mf_…`.",
  );
}
