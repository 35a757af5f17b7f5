import { and, eq, inArray, isNull, sql } from "drizzle-orm";
import type { DbOrTx } from "@/db/client";
import { dbNow } from "@/db/clock";
import { sessions, users, workspaces } from "@/db/schema";
import type { Actor, UserUse } from "@/lib/auth/model";
import { hoursOf } from "@/lib/auth/rules";
import { AppError } from "@/lib/kernel/errors";
import { weekOf } from "@/lib/schedule/rules";
import { activeSessionStates, type LimitsView } from "./model";
import { gpuTimeMs, gpuTimesMs } from "./usage";

const hourMs = 3_600_000;
/** A second in hours has about this many places. */
const places = 4;

const toHours = (ms: number): number => Number((ms / hourMs).toFixed(places));

const figure = (of: ReturnType<typeof sql>) => of.mapWith(Number);

/** What the actor has of what they may have. */
export async function getLimits(db: DbOrTx, actor: Actor, zone: string): Promise<LimitsView> {
  const active = and(eq(sessions.userId, actor.userId), inArray(sessions.state, [...activeSessionStates]));
  const mine = and(eq(workspaces.userId, actor.userId), isNull(workspaces.deletedAt));
  const [row] = await db
    .select({
      user: users,
      now: dbNow,
      active: figure(sql`(select count(*) from ${sessions} where ${active})`),
      diskGb: figure(sql`(select coalesce(sum(${workspaces.quotaGb}), 0) from ${workspaces} where ${mine})`),
    })
    .from(users)
    .where(eq(users.id, actor.userId));
  if (!row) throw new AppError("not_found", "Your account is gone.");
  const { user } = row;
  const week = weekOf(row.now, zone);
  const usedMs = await gpuTimeMs(db, actor.userId, week);
  return {
    sessions: { used: row.active, limit: user.maxSessions },
    gpuHours: {
      used: toHours(usedMs),
      limit: hoursOf(user.maxGpuMinutesPerWeek),
      weekStartsAt: week.start.toISOString(),
      weekEndsAt: week.end.toISOString(),
    },
    disk: { used: row.diskGb, limit: user.maxDiskGb },
    maxDurationMinutes: user.maxDurationMinutes,
  };
}

/** GPU-hours of this week, by the public ids of people; who used none isn't there. */
export async function weekHoursOf(
  db: DbOrTx,
  zone: string,
  userIds: readonly string[],
): Promise<Map<string, number>> {
  const used = await gpuTimesMs(db, userIds, weekOf(new Date(), zone));
  return new Map([...used].map(([id, ms]) => [id, toHours(ms)]));
}

/** What people use of GPUs and disk, by their public ids; who uses neither isn't there. */
export async function usesOf(
  db: DbOrTx,
  zone: string,
  userIds: readonly string[],
): Promise<Map<string, UserUse>> {
  const [hours, disk] = await Promise.all([weekHoursOf(db, zone, userIds), diskBytesOf(db, userIds)]);
  const known = new Set([...hours.keys(), ...disk.keys()]);
  return new Map(
    [...known].map((id) => [id, { gpuHoursThisWeek: hours.get(id) ?? 0, diskBytes: disk.get(id) ?? 0 }]),
  );
}

/** What people's workspaces take up with all snapshots, as last measured. */
async function diskBytesOf(db: DbOrTx, userIds: readonly string[]): Promise<Map<string, number>> {
  if (userIds.length === 0) return new Map();
  const measured = sql`coalesce(${workspaces.totalBytes}, ${workspaces.usedBytes}, 0)`;
  const rows = await db
    .select({ id: users.publicId, bytes: figure(sql`coalesce(sum(${measured}), 0)`) })
    .from(workspaces)
    .innerJoin(users, eq(users.id, workspaces.userId))
    .where(and(inArray(users.publicId, [...userIds]), isNull(workspaces.deletedAt)))
    .groupBy(users.publicId);
  return new Map(rows.map(({ id, bytes }) => [id, bytes]));
}
