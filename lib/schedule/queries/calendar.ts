import { and, count, eq, gte, lt } from "drizzle-orm";
import type { DbOrTx } from "@/db/client";
import { dbNow } from "@/db/clock";
import { gpus, nodes, reservations, slots, users } from "@/db/schema";
import { readLabSettings } from "@/lib/auth/lab-settings";
import type { Actor } from "@/lib/auth/model";
import { can } from "@/lib/auth/rules";
import { AppError } from "@/lib/kernel/errors";
import { textOf } from "@/lib/kernel/money";
import type {
  AvailableSlotsInput,
  AvailableSlotsView,
  CalendarInput,
  CalendarView,
  ReservableGpu,
} from "../reservation-model";
import { bookableUntil, daysFrom, hoursBetween, hoursOfDay, runsOf } from "../reservation-rules";
import { slotBegin, slotMs } from "../rules";
import { openStates } from "./reservations";

interface FoundGpu {
  /** Internal id. */
  readonly key: number;
  readonly view: ReservableGpu;
  readonly now: Date;
}

/** @throws AppError `forbidden`, `not_found` */
async function findGpu(db: DbOrTx, actor: Actor, publicId: string): Promise<FoundGpu> {
  if (!can(actor, "schedule.read")) throw new AppError("forbidden", "You may not see the schedule.");
  const [row] = await db
    .select({ gpu: gpus, node: nodes.name, now: dbNow })
    .from(gpus)
    .innerJoin(nodes, eq(nodes.id, gpus.nodeId))
    .where(eq(gpus.publicId, publicId));
  if (!row) throw new AppError("not_found", `There is no GPU ${publicId}.`);
  const { gpu, node, now } = row;
  return { key: gpu.id, view: toReservable(gpu, node), now };
}

/** @param node its name */
export function toReservable(gpu: typeof gpus.$inferSelect, node: string): ReservableGpu {
  const rate =
    gpu.rate === null || gpu.rateCurrency === null
      ? null
      : { amount: textOf(gpu.rate), currency: gpu.rateCurrency };
  const { publicId: id, deviceIndex: index, model, memoryMiB, mode, state, present } = gpu;
  return { id, index, node, model, memoryMiB, mode, state, present, rate };
}

/** Until when hours of it can be booked at most; where nothing can be, nothing is later than now. */
async function limitOf(db: DbOrTx, { view, now }: FoundGpu, zone: string): Promise<Date> {
  if (view.mode !== "reservation" || view.state !== "available" || !view.present) return now;
  return bookableUntil(now, zone, (await readLabSettings(db)).reservationAheadDays);
}

/** Hours of a GPU that somebody has, led ones among them. */
async function takenHours(db: DbOrTx, gpuId: number, from: Date, to: Date) {
  return db
    .select({
      startsAt: slots.startsAt,
      userId: slots.userId,
      person: users.username,
      reservationId: reservations.publicId,
    })
    .from(slots)
    .innerJoin(users, eq(users.id, slots.userId))
    .leftJoin(reservations, eq(reservations.id, slots.reservationId))
    .where(and(eq(slots.gpuId, gpuId), gte(slots.startsAt, from), lt(slots.startsAt, to)));
}

/** The first hour that begins no earlier. */
function nextHour(at: Date, zone: string): Date {
  const begun = slotBegin(at, zone);
  return begun < at ? new Date(begun.getTime() + slotMs) : begun;
}

/** Runs of whole hours within a span that can be booked, by anybody who has the money. @throws AppError `not_found` */
export async function getAvailableSlots(
  db: DbOrTx,
  actor: Actor,
  zone: string,
  input: AvailableSlotsInput,
): Promise<AvailableSlotsView> {
  const gpu = await findGpu(db, actor, input.id);
  const running = slotBegin(gpu.now, zone);
  const from = input.from === undefined ? running : nextHour(new Date(input.from), zone);
  const start = new Date(Math.max(from.getTime(), running.getTime()));
  const limit = await limitOf(db, gpu, zone);
  const to = input.to === undefined ? limit : new Date(input.to);
  const end = new Date(Math.min(to.getTime(), limit.getTime()));
  const taken = await takenHours(db, gpu.key, start, end);
  const held = new Set(taken.map(({ startsAt }) => startsAt.getTime()));
  const free = hoursBetween(start, end).filter((hour) => !held.has(hour.getTime()));
  return {
    gpu: gpu.view,
    now: gpu.now.toISOString(),
    runs: runsOf(free).map(({ startsAt, endsAt }) => ({
      startsAt: startsAt.toISOString(),
      endsAt: endsAt.toISOString(),
      hours: hoursBetween(startsAt, endsAt).length,
    })),
  };
}

/** What one may book, and how much of it one has. */
export async function limitsOf(db: DbOrTx, { userId }: Actor): Promise<CalendarView["limits"]> {
  const settings = await readLabSettings(db);
  const [open] = await db
    .select({ n: count() })
    .from(reservations)
    .where(and(eq(reservations.userId, userId), openStates));
  return {
    aheadDays: settings.reservationAheadDays,
    maxHours: settings.reservationMaxHours,
    maxOpen: settings.reservationMaxOpen,
    open: open?.n ?? 0,
  };
}

/** Whose hours of a GPU are, day by day as the lab's zone counts them. @throws AppError `not_found` */
export async function getCalendar(
  db: DbOrTx,
  actor: Actor,
  zone: string,
  input: CalendarInput,
): Promise<CalendarView> {
  const gpu = await findGpu(db, actor, input.id);
  const days = daysFrom(input.from ?? null, input.days, gpu.now, zone).map((day) => ({
    day,
    hours: hoursOfDay(day, zone),
  }));
  const all = days.flatMap(({ hours }) => hours);
  const [first = gpu.now, last = gpu.now] = [all[0], all.at(-1)];
  const taken = await takenHours(db, gpu.key, first, new Date(last.getTime() + slotMs));
  const holders = new Map(taken.map((each) => [each.startsAt.getTime(), each]));
  const hourOf = (slot: Date): CalendarView["days"][number]["hours"][number] => {
    const holder = holders.get(slot.getTime());
    const mine = holder?.userId === actor.userId;
    const over = slot.getTime() + slotMs <= gpu.now.getTime();
    return {
      slot: slot.toISOString(),
      state: over ? "past" : holder === undefined ? "free" : mine ? "mine" : "taken",
      person: holder?.person ?? null,
      reservationId: mine ? (holder?.reservationId ?? null) : null,
    };
  };
  return {
    gpu: gpu.view,
    now: gpu.now.toISOString(),
    zone,
    bookableUntil: (await limitOf(db, gpu, zone)).toISOString(),
    limits: await limitsOf(db, actor),
    days: days.map(({ day, hours }) => ({ day, hours: hours.map(hourOf) })),
  };
}
