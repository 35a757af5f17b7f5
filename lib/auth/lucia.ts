import { and, eq, lte, ne } from "drizzle-orm";
import { type Adapter, type DatabaseSession, type DatabaseUser, Lucia, TimeSpan } from "lucia";
import type { DbOrTx } from "@/db/client";
import { logins, users } from "@/db/schema";
import { sha256Hex } from "./hashes";
import type { CookieJar } from "./procedure";
import { loginHours } from "./tunables";

declare module "lucia" {
  interface Register {
    Lucia: Lucia;
    UserId: number;
  }
}

/** `__Host-`: sent to this host alone, over HTTPS alone, and no subdomain can plant one. */
export const loginCookieName = "__Host-medforge_login";

/** Stores only the SHA-256 of a login's id; lucia always gets the id that it came with, or renewal would hash twice. */
function adapter(db: DbOrTx, mayRenew: boolean): Adapter {
  return {
    async getSessionAndUser(rawId): Promise<[DatabaseSession | null, DatabaseUser | null]> {
      const [row] = await db
        .select({ userId: logins.userId, expiresAt: logins.expiresAt })
        .from(logins)
        .innerJoin(users, eq(users.id, logins.userId))
        .where(eq(logins.idHash, sha256Hex(rawId)));
      if (!row) return [null, null];
      return [
        { id: rawId, ...row, attributes: {} },
        { id: row.userId, attributes: {} },
      ];
    },
    async getUserSessions(): Promise<DatabaseSession[]> {
      throw new Error("Logins are stored hashed: their ids can't be listed.");
    },
    async setSession(session) {
      await db.insert(logins).values({
        idHash: sha256Hex(session.id),
        userId: session.userId,
        expiresAt: session.expiresAt,
        createdAt: new Date(),
      });
    },
    async updateSessionExpiration(rawId, expiresAt) {
      if (!mayRenew) return;
      await db
        .update(logins)
        .set({ expiresAt })
        .where(eq(logins.idHash, sha256Hex(rawId)));
    },
    async deleteSession(rawId) {
      await db.delete(logins).where(eq(logins.idHash, sha256Hex(rawId)));
    },
    async deleteUserSessions(userId) {
      await db.delete(logins).where(eq(logins.userId, userId));
    },
    async deleteExpiredSessions() {
      await db.delete(logins).where(lte(logins.expiresAt, new Date()));
    },
  };
}

function lucia(db: DbOrTx, mayRenew = true): Lucia {
  return new Lucia(adapter(db, mayRenew), {
    sessionExpiresIn: new TimeSpan(loginHours, "h"),
    sessionCookie: { name: loginCookieName, attributes: { secure: true, sameSite: "lax", path: "/" } },
  });
}

/** Starts a login in the caller's transaction; the cookie goes out with `sendCookie` once that has committed. */
export async function createLogin(tx: DbOrTx, userId: number): Promise<{ rawId: string; expiresAt: Date }> {
  const session = await lucia(tx).createSession(userId, {});
  return { rawId: session.id, expiresAt: session.expiresAt };
}

/** Hands the login's id to the browser. */
export function sendLoginCookie(jar: CookieJar, login: { rawId: string; expiresAt: Date }): void {
  jar.set(loginCookieName, login.rawId, { expires: login.expiresAt, path: "/", secure: true });
}

/** Makes the browser forget its login. */
export function clearLoginCookie(jar: CookieJar): void {
  jar.set(loginCookieName, "", { expires: new Date(0), path: "/", secure: true });
}

/**
 * Whose login the Cookie header names, if it is a live one. Past half of its life it is renewed and the cookie sent
 * again; with `jar` null (a page being rendered can't set cookies) it is left as it is, since a renewal that the cookie
 * doesn't learn of would let the cookie die first.
 */
export async function readLogin(
  db: DbOrTx,
  cookieHeader: string,
  jar: CookieJar | null,
): Promise<{ userId: number; idHash: string } | null> {
  const auth = lucia(db, jar !== null);
  const rawId = auth.readSessionCookie(cookieHeader);
  if (!rawId) return null;
  const { session } = await auth.validateSession(rawId);
  if (!session) return null;
  if (session.fresh && jar) sendLoginCookie(jar, { rawId, expiresAt: session.expiresAt });
  return { userId: session.userId, idHash: sha256Hex(rawId) };
}

/** Ends every login of a user, or all but the one to keep. Runs in the caller's transaction. */
export async function endLogins(tx: DbOrTx, userId: number, keepIdHash?: string): Promise<void> {
  if (keepIdHash === undefined) return lucia(tx).invalidateUserSessions(userId);
  await tx.delete(logins).where(and(eq(logins.userId, userId), ne(logins.idHash, keepIdHash)));
}

/** Ends one login by its stored hash. */
export async function endLogin(tx: DbOrTx, idHash: string): Promise<void> {
  await tx.delete(logins).where(eq(logins.idHash, idHash));
}

/** Removes logins that have run out. Safe to run at any time. */
export async function sweepLogins(db: DbOrTx): Promise<void> {
  await lucia(db).deleteExpiredSessions();
}
