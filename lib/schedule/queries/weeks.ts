import { and, asc, desc, eq, gt, inArray, lt, ne, or, sql } from "drizzle-orm";
import type { DbOrTx } from "@/db/client";
import { dbNow } from "@/db/clock";
import { slots, weeks } from "@/db/schema";
import type { Actor } from "@/lib/auth/model";
import { can } from "@/lib/auth/rules";
import { decodeCursor, pageOf } from "@/lib/kernel/cursor";
import type { Page, PageInput } from "@/lib/kernel/envelope";
import { AppError } from "@/lib/kernel/errors";
import { textOf } from "@/lib/kernel/money";
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

/**
 * The weeks that are not over, the open one last: the executing one, and before it those that still run although the bidding
 * on a later one was closed early.
 */
export function currentWeeks(db: DbOrTx): Promise<WeekRow[]> {
  return db
    .select()
    .from(weeks)
    .where(or(ne(weeks.status, "final"), gt(weeks.endsAt, dbNow)))
    .orderBy(asc(weeks.key));
}

/** A week, and the database's clock. @throws AppError `not_found` */
export async function findWeekNow(db: DbOrTx, key: string): Promise<{ week: WeekRow; now: Date }> {
  const [found] = await db.select({ week: weeks, now: dbNow }).from(weeks).where(eq(weeks.key, key));
  if (!found) throw new AppError("not_found", `There is no week ${key}: weeks are named by their Saturday.`);
  return found;
}

/** @throws AppError `not_found` */
export async function findWeek(db: DbOrTx, key: string): Promise<WeekRow> {
  return (await findWeekNow(db, key)).week;
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
      people: of(sql`count(distinct ${slots.userId})`),
      credits: of(sql`coalesce(sum(${slots.price}), 0)`),
    })
    .from(weeks)
    .where(after === undefined ? undefined : lt(weeks.key, after))
    .orderBy(desc(weeks.key))
    .limit(page.limit + 1);
  const { rows: shown, nextCursor } = pageOf(rows, page.limit, ({ week }) => week.key);
  const data = shown.map(({ week, slots: taken, people, credits }) => ({
    ...toWeekView(week),
    turnedAt: week.turnedAt?.toISOString() ?? null,
    slots: taken,
    people,
    credits: textOf(creditsOf(credits)),
  }));
  return { data, nextCursor };
}
