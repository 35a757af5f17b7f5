import { and, asc, desc, eq, getTableColumns, gte, inArray, lt, sql } from "drizzle-orm";
import type { DbOrTx } from "@/db/client";
import { gpus, nodes, plannedStarts, sessions, slots } from "@/db/schema";
import type { Actor } from "@/lib/auth/model";
import { runEnd } from "@/lib/fleet/rules";
import { decodeCursor, pageOf } from "@/lib/kernel/cursor";
import type { Page } from "@/lib/kernel/envelope";
import { AppError } from "@/lib/kernel/errors";
import type { Exposure } from "@/lib/workspaces/model";
import type { ListPlannedInput, PlannedStartRef, PlannedStartView } from "./planned-model";
import { readLaunch, unreadable } from "./planned-rules";

/** A row with its launch as it is stored: one that can't be read spoils no others. */
export const plannedColumns = {
  ...getTableColumns(plannedStarts),
  launch: sql<string>`${plannedStarts.launch}`,
};

function plannedRows(db: DbOrTx) {
  return db
    .select({
      row: plannedColumns,
      gpu: { id: gpus.publicId, index: gpus.deviceIndex, node: nodes.name, model: gpus.model },
      session: sessions.slug,
    })
    .from(plannedStarts)
    .innerJoin(gpus, eq(gpus.id, plannedStarts.gpuId))
    .innerJoin(nodes, eq(nodes.id, gpus.nodeId))
    .leftJoin(sessions, eq(sessions.id, plannedStarts.sessionId))
    .$dynamic();
}

type PlannedRow = Awaited<ReturnType<typeof plannedRows>>[number];

/** Beginnings of the hours that somebody has of the rows' GPUs, from the first row's on, by GPU. */
async function hoursOf(
  db: DbOrTx,
  userId: number,
  rows: readonly PlannedRow[],
): Promise<Map<number, readonly Date[]>> {
  if (rows.length === 0) return new Map();
  const first = Math.min(...rows.map(({ row }) => row.startsAt.getTime()));
  const found = await db
    .select({ gpuId: slots.gpuId, startsAt: slots.startsAt })
    .from(slots)
    .where(
      and(
        eq(slots.userId, userId),
        inArray(slots.gpuId, [...new Set(rows.map(({ row }) => row.gpuId))]),
        gte(slots.startsAt, new Date(first)),
      ),
    )
    .orderBy(asc(slots.startsAt));
  const of = new Map<number, Date[]>();
  for (const { gpuId, startsAt } of found) of.set(gpuId, [...(of.get(gpuId) ?? []), startsAt]);
  return of;
}

async function toViews(
  db: DbOrTx,
  { userId }: Actor,
  rows: readonly PlannedRow[],
): Promise<PlannedStartView[]> {
  const hours = await hoursOf(db, userId, rows);
  return rows.map(({ row, gpu, session }) => {
    const launch = readLaunch(row.launch);
    const from = (hours.get(row.gpuId) ?? []).filter((begins) => begins >= row.startsAt);
    return {
      gpu,
      slot: row.startsAt.toISOString(),
      exposure: row.exposure,
      state: row.state,
      heldUntil: runEnd(from, row.startsAt)?.toISOString() ?? null,
      launch: launch ?? {},
      reason: launch === null && row.state === "PLANNED" ? unreadable : row.reason,
      session,
      endedAt: row.endedAt?.toISOString() ?? null,
    };
  });
}

/** What the actor planned on one surface, what was planned last first. */
export async function listPlanned(
  db: DbOrTx,
  actor: Actor,
  exposure: Exposure,
  input: ListPlannedInput,
): Promise<Page<PlannedStartView>> {
  const after = decodeCursor(input.cursor, /^\d{1,15}$/);
  const found = await plannedRows(db)
    .where(
      and(
        eq(plannedStarts.userId, actor.userId),
        eq(plannedStarts.exposure, exposure),
        input.state === undefined ? undefined : eq(plannedStarts.state, input.state),
        after === undefined ? undefined : lt(plannedStarts.id, Number(after)),
      ),
    )
    .orderBy(desc(plannedStarts.id))
    .limit(input.limit + 1);
  const { rows, nextCursor } = pageOf(found, input.limit, ({ row }) => String(row.id));
  return { data: await toViews(db, actor, rows), nextCursor };
}

/** What the actor planned for one hour. @throws AppError `not_found` */
export async function getPlanned(
  db: DbOrTx,
  actor: Actor,
  exposure: Exposure,
  { gpuId, slot }: PlannedStartRef,
): Promise<PlannedStartView> {
  const rows = await plannedRows(db).where(
    and(
      eq(plannedStarts.userId, actor.userId),
      eq(plannedStarts.exposure, exposure),
      eq(gpus.publicId, gpuId),
      eq(plannedStarts.startsAt, new Date(slot)),
    ),
  );
  const [view] = await toViews(db, actor, rows);
  if (view) return view;
  throw new AppError("not_found", `No session of yours starts by itself on ${gpuId} in that hour.`);
}
