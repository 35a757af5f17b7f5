import { and, asc, desc, eq, gte, inArray, lt, ne, or, sql } from "drizzle-orm";
import type { DbOrTx } from "@/db/client";
import { gpus, nodes, reservations, slots, users, weeks } from "@/db/schema";
import type { Actor } from "@/lib/auth/model";
import { can } from "@/lib/auth/rules";
import { decodeCursor, pageOf } from "@/lib/kernel/cursor";
import type { Page, PageInput } from "@/lib/kernel/envelope";
import { AppError } from "@/lib/kernel/errors";
import { textOf } from "@/lib/kernel/money";
import type { Currency } from "@/lib/wallet/model";
import { creditsOf } from "../credits";
import type { AdminWeekView, WeekView } from "../model";

export type WeekRow = typeof weeks.$inferSelect;

export function toWeekView({ key, startsAt, endsAt, closesAt, status }: WeekRow): WeekView {
  return {
    week: key,
    startsAt: startsAt.toISOString(),
    endsAt: endsAt.toISOString(),
    closesAt: closesAt.toISOString(),
    status,
  };
}

/** The weeks that are executing and open, in this order. */
export function currentWeeks(db: DbOrTx): Promise<WeekRow[]> {
  return db.select().from(weeks).where(ne(weeks.status, "final")).orderBy(asc(weeks.key));
}

/** @throws AppError `not_found` */
export async function findWeek(db: DbOrTx, key: string): Promise<WeekRow> {
  const [week] = await db.select().from(weeks).where(eq(weeks.key, key));
  if (!week) throw new AppError("not_found", `There is no week ${key}: weeks are named by their Saturday.`);
  return week;
}

const cursorPattern = /^\d{4}-\d\d-\d\d$/;

/** Every week, the newest first, and what is sold or bid on in it; what was booked is no auction's. For admins. */
export async function listWeeks(db: DbOrTx, actor: Actor, page: PageInput): Promise<Page<AdminWeekView>> {
  if (!can(actor, "schedule.manage")) throw new AppError("forbidden", "This needs the admin role.");
  const after = decodeCursor(page.cursor, cursorPattern);
  const of = (figure: ReturnType<typeof sql>) =>
    sql`(select ${figure} from ${slots} where ${and(eq(slots.week, weeks.key), inArray(slots.state, ["leading", "sold"]))})`.mapWith(
      Number,
    );
  const rows = await db
    .select({
      week: weeks,
      slots: of(sql`count(*)`),
      credits: of(sql`coalesce(sum(${slots.price}), 0)`),
    })
    .from(weeks)
    .where(after === undefined ? undefined : lt(weeks.key, after))
    .orderBy(desc(weeks.key))
    .limit(page.limit + 1);
  const { rows: shown, nextCursor } = pageOf(rows, page.limit, ({ week }) => week.key);
  const data = shown.map(({ week, slots: taken, credits }) => ({
    ...toWeekView(week),
    turnedAt: week.turnedAt?.toISOString() ?? null,
    slots: taken,
    credits: textOf(creditsOf(credits)),
  }));
  return { data, nextCursor };
}

/** An hour that somebody leads, holds or has booked, as the administrators' file has it. */
export interface SoldSlot {
  readonly week: string;
  readonly slot: string;
  readonly gpuId: string;
  readonly node: string;
  readonly index: number;
  readonly model: string;
  readonly state: (typeof slots.$inferSelect)["state"];
  readonly price: string;
  readonly currency: Currency;
  readonly username: string | null;
  readonly reservationId: string | null;
}

/**
 * Who leads, holds or has booked which hours of a week, the executing one unless said. For admins.
 * @throws AppError `not_found`
 */
export async function listSold(
  db: DbOrTx,
  actor: Actor,
  { week }: { week?: string | undefined },
): Promise<SoldSlot[]> {
  if (!can(actor, "schedule.manage")) throw new AppError("forbidden", "This needs the admin role.");
  const found = week === undefined ? (await currentWeeks(db))[0] : await findWeek(db, week);
  if (found === undefined) return [];
  const { key, startsAt, endsAt } = found;
  const booked = and(eq(slots.state, "reserved"), gte(slots.startsAt, startsAt), lt(slots.startsAt, endsAt));
  const rows = await db
    .select({ slot: slots, gpu: gpus, node: nodes.name, username: users.username, reservation: reservations })
    .from(slots)
    .innerJoin(gpus, eq(gpus.id, slots.gpuId))
    .innerJoin(nodes, eq(nodes.id, gpus.nodeId))
    .innerJoin(users, eq(users.id, slots.userId))
    .leftJoin(reservations, eq(reservations.id, slots.reservationId))
    .where(or(and(eq(slots.week, key), ne(slots.state, "reserved")), booked))
    .orderBy(asc(slots.startsAt), asc(nodes.name), asc(gpus.deviceIndex));
  return rows.map(({ slot, gpu, node, username, reservation }) => ({
    week: key,
    slot: slot.startsAt.toISOString(),
    gpuId: gpu.publicId,
    node,
    index: gpu.deviceIndex,
    model: gpu.model,
    state: slot.state,
    price: textOf(reservation?.rate ?? creditsOf(slot.price)),
    currency: reservation?.rateCurrency ?? "CREDIT",
    username,
    reservationId: reservation?.publicId ?? null,
  }));
}
