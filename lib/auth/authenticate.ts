import { and, eq, isNull, lt, or } from "drizzle-orm";
import type { Db } from "@/db/client";
import { apiTokens, users } from "@/db/schema";
import { AppError } from "@/lib/kernel/errors";
import { toActor } from "./actor";
import { sha256Hex } from "./hashes";
import { readLogin } from "./lucia";
import type { Actor } from "./model";
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
}

const nobody: Identity = { actor: null, loginIdHash: null };

/**
 * Who the credentials belong to. An Authorization header is decisive: when it is no good the request fails, whatever
 * cookie came along. A cookie that is no good is the same as none.
 * @throws AppError unauthenticated
 */
export async function authenticate(db: Db, credentials: Credentials): Promise<Identity> {
  if (credentials.authorization !== null) {
    return { actor: await readToken(db, credentials.authorization), loginIdHash: null };
  }
  if (credentials.cookie === null) return nobody;
  const login = await readLogin(db, credentials.cookie, credentials.renewal);
  if (!login) return nobody;
  const [user] = await db.select().from(users).where(eq(users.id, login.userId));
  if (!user || user.disabledAt) return nobody;
  return { actor: toActor(user, "login"), loginIdHash: login.idHash };
}

async function readToken(db: Db, authorization: string): Promise<Actor> {
  const secret = /^Bearer +(mf_[A-Za-z0-9_-]{43})$/i.exec(authorization.trim())?.[1];
  if (!secret) throw badToken();
  const [row] = await db
    .select({ token: apiTokens, user: users })
    .from(apiTokens)
    .innerJoin(users, eq(users.id, apiTokens.userId))
    .where(eq(apiTokens.secretHash, sha256Hex(secret)));
  const now = new Date();
  if (!row || row.user.disabledAt || (row.token.expiresAt && row.token.expiresAt <= now)) throw badToken();
  await noteUse(db, row.token, now);
  return toActor(row.user, "token");
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
