import { and, asc, eq, gt, isNotNull, isNull, like, or, type SQL, sql } from "drizzle-orm";
import type { DbOrTx } from "@/db/client";
import { apiTokens, sshKeys, users } from "@/db/schema";
import { decodeCursor, pageOf } from "@/lib/kernel/cursor";
import type { PageInput } from "@/lib/kernel/envelope";
import { AppError } from "@/lib/kernel/errors";
import { publicIdPattern } from "@/lib/kernel/id-patterns";
import type { Actor, ApiTokenView, SshKeyView, UserFilter, UserView } from "./model";
import { can, hoursOf } from "./rules";

type User = typeof users.$inferSelect;

/** What of a user may be shown to themselves and to admins. */
export function toUserView(user: User): UserView {
  return {
    id: user.publicId,
    username: user.username,
    email: user.email,
    role: user.role,
    canUseInternal: user.canUseInternal,
    disabled: user.disabledAt !== null,
    maxSessions: user.maxSessions,
    maxGpuHoursPerWeek: hoursOf(user.maxGpuMinutesPerWeek),
    maxDiskGb: user.maxDiskGb,
    maxDurationMinutes: user.maxDurationMinutes,
    weeklyBudget: user.weeklyBudget,
    createdAt: user.createdAt.toISOString(),
  };
}

/** The row behind an internal id; for code that has established who may see it. */
export async function findUser(db: DbOrTx, userId: number): Promise<User | undefined> {
  const [user] = await db.select().from(users).where(eq(users.id, userId));
  return user;
}

/** The actor's own account. */
export async function getMe(db: DbOrTx, actor: Actor): Promise<UserView> {
  const user = await findUser(db, actor.userId);
  if (!user) throw new AppError("not_found", "Your account is gone.");
  return toUserView(user);
}

type SshKey = Pick<
  typeof sshKeys.$inferSelect,
  "publicId" | "name" | "type" | "bits" | "fingerprint" | "createdAt"
>;

/** What of an SSH key is shown to its owner. */
export function toSshKeyView({ publicId, name, type, bits, fingerprint, createdAt }: SshKey): SshKeyView {
  return { id: publicId, name, type, bits, fingerprint, createdAt: createdAt.toISOString() };
}

/** The actor's SSH keys, oldest first. */
export async function listSshKeys(db: DbOrTx, actor: Actor): Promise<SshKeyView[]> {
  const rows = await db
    .select()
    .from(sshKeys)
    .where(eq(sshKeys.userId, actor.userId))
    .orderBy(asc(sshKeys.id));
  return rows.map(toSshKeyView);
}

type ApiToken = Pick<
  typeof apiTokens.$inferSelect,
  "publicId" | "name" | "hint" | "createdAt" | "expiresAt" | "lastUsedAt"
>;

/** What of an API token is shown to its owner; never its secret. */
export function toApiTokenView(token: ApiToken): ApiTokenView {
  return {
    id: token.publicId,
    name: token.name,
    hint: token.hint,
    createdAt: token.createdAt.toISOString(),
    expiresAt: token.expiresAt?.toISOString() ?? null,
    lastUsedAt: token.lastUsedAt?.toISOString() ?? null,
  };
}

/** The actor's API tokens, oldest first. */
export async function listApiTokens(db: DbOrTx, actor: Actor): Promise<ApiTokenView[]> {
  const rows = await db
    .select()
    .from(apiTokens)
    .where(eq(apiTokens.userId, actor.userId))
    .orderBy(asc(apiTokens.id));
  return rows.map(toApiTokenView);
}

function matching({ q, role, disabled }: UserFilter): SQL | undefined {
  // A wildcard that somebody types means itself.
  const part = q ? `%${q.replace(/[\\%_]/g, "\\$&")}%` : undefined;
  return and(
    part ? or(like(users.username, part), like(users.email, part)) : undefined,
    role ? eq(users.role, role) : undefined,
    disabled === undefined ? undefined : disabled ? isNotNull(users.disabledAt) : isNull(users.disabledAt),
  );
}

/** Everybody who fits, oldest account first. For admins. */
export async function listUsers(
  db: DbOrTx,
  actor: Actor,
  page: PageInput & UserFilter,
): Promise<{ rows: UserView[]; nextCursor: string | null }> {
  if (!can(actor, "user.list")) throw new AppError("forbidden", "This needs the admin role.");
  const after = decodeCursor(page.cursor, publicIdPattern("usr"));
  const rows = await db
    .select()
    .from(users)
    .where(
      and(
        matching(page),
        after ? gt(users.id, sql`(select u.id from users u where u.public_id = ${after})`) : undefined,
      ),
    )
    .orderBy(asc(users.id))
    .limit(page.limit + 1);
  return pageOf(rows.map(toUserView), page.limit, (user) => user.id);
}
