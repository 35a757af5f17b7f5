import { and, desc, eq, inArray, isNotNull, lt, type SQL } from "drizzle-orm";
import { alias } from "drizzle-orm/mysql-core";
import type { DbOrTx } from "@/db/client";
import { dbNow } from "@/db/clock";
import { gpus, nodes, reservations, slots, users } from "@/db/schema";
import { readLabSettings } from "@/lib/auth/lab-settings";
import type { Actor } from "@/lib/auth/model";
import { can } from "@/lib/auth/rules";
import { decodeCursor, pageOf } from "@/lib/kernel/cursor";
import type { Page } from "@/lib/kernel/envelope";
import { AppError } from "@/lib/kernel/errors";
import { micros, microsOf, textOf } from "@/lib/kernel/money";
import { awayOf, isMissed } from "../away-rules";
import { lapsedById, lapseOf } from "../lapses";
import type { ListReservationsInput, ReservationView } from "../reservation-model";
import {
  type BookingLimits,
  bookingFault,
  cancellationOf,
  costOf,
  freeUntil,
  hoursBetween,
  isOpen,
} from "../reservation-rules";
import { slotMs } from "../rules";
import { isOccupied } from "../settling";

/** Of those that are not over. */
export const openStates = inArray(reservations.state, ["pending", "active"]);

/** The hour behind a reservation's last, where somebody has it. */
const following = alias(slots, "following");

function rowsOf(db: DbOrTx, which: SQL | undefined, limit: number) {
  return db
    .select({
      reservation: reservations,
      gpu: gpus,
      node: nodes.name,
      unreachableSince: nodes.unreachableSince,
      occupied: isOccupied,
      person: users.username,
      followedBy: following.userId,
      now: dbNow,
    })
    .from(reservations)
    .innerJoin(gpus, eq(gpus.id, reservations.gpuId))
    .innerJoin(nodes, eq(nodes.id, gpus.nodeId))
    .innerJoin(users, eq(users.id, reservations.userId))
    .leftJoin(
      following,
      and(
        eq(following.gpuId, reservations.gpuId),
        eq(following.startsAt, reservations.endsAt),
        isNotNull(following.userId),
      ),
    )
    .where(which)
    .orderBy(desc(reservations.id))
    .limit(limit);
}

type Row = Awaited<ReturnType<typeof rowsOf>>[number];

const awayIn = ({ gpu, unreachableSince, occupied }: Row) => awayOf({ ...gpu, unreachableSince, occupied });

/** What cancelling now comes to for its reader; null where they can't. */
function ifCancelled(row: Row, actor: Actor): ReservationView["ifCancelled"] {
  const { reservation, gpu, now } = row;
  const { userId, rate, endsAt } = reservation;
  if (!can(actor, "reservation.cancel", { ownerId: userId })) return null;
  const why = userId === actor.userId ? "by_owner" : "by_admin";
  const planned = cancellationOf(reservation, why, { state: gpu.state, away: awayIn(row) }, now);
  if (!planned) return null;
  const { paidUntil, freedFrom } = planned;
  return { refund: textOf(costOf(rate, paidUntil, endsAt)), due: textOf(costOf(rate, freedFrom, paidUntil)) };
}

function canExtend({ reservation, gpu, followedBy, now }: Row, actor: Actor, terms: Terms): boolean {
  const { startsAt, endsAt, userId } = reservation;
  const longer = { startsAt, from: endsAt, endsAt: new Date(endsAt.getTime() + slotMs) };
  return (
    can(actor, "schedule.spend", { ownerId: userId }) &&
    isOpen(reservation) &&
    endsAt > now &&
    gpu.state === "available" &&
    gpu.present &&
    followedBy === null &&
    bookingFault(longer, terms.limits, now, terms.zone) === null
  );
}

interface Terms {
  readonly limits: BookingLimits;
  readonly zone: string;
}

function toView(row: Row, actor: Actor, terms: Terms): ReservationView {
  const { reservation, gpu, node, person } = row;
  const { startsAt, endsAt, paidUntil, lostHours, rate, state, settledAt } = reservation;
  const cancelled = ifCancelled(row, actor);
  const free = freeUntil(reservation);
  const givenBack = state === "cancelled" && settledAt !== null ? costOf(rate, paidUntil, endsAt) : 0n;
  const lost = rate * BigInt(lostHours);
  return {
    id: reservation.publicId,
    gpuId: gpu.publicId,
    gpu: `GPU ${gpu.deviceIndex} on ${node}`,
    model: gpu.model,
    node,
    person,
    startsAt: startsAt.toISOString(),
    endsAt: endsAt.toISOString(),
    hours: hoursBetween(startsAt, endsAt).length,
    rate: { amount: textOf(rate), currency: reservation.rateCurrency },
    cost: textOf(costOf(rate, startsAt, endsAt)),
    paid: textOf(micros(costOf(rate, startsAt, paidUntil) - lost)),
    refunded: textOf(micros(givenBack + lost)),
    lostHours,
    state,
    cancelledWhy: reservation.cancelledWhy,
    createdAt: reservation.createdAt.toISOString(),
    activatedAt: reservation.activatedAt?.toISOString() ?? null,
    endedAt: reservation.endedAt?.toISOString() ?? null,
    freeUntil: free < reservation.createdAt ? null : free.toISOString(),
    canCancel: cancelled !== null,
    canExtend: canExtend(row, actor, terms),
    ifCancelled: cancelled,
  };
}

/** What of a refund to its owner would lapse now. It is for the last hours, as many as it pays. */
async function withLapse(
  db: DbOrTx,
  row: Row,
  actor: Actor,
  view: ReservationView,
): Promise<ReservationView> {
  const { reservation, now } = row;
  const { userId, rate, endsAt } = reservation;
  if (view.ifCancelled === null || userId !== actor.userId) return view;
  const hours = Number(microsOf(view.ifCancelled.refund) / rate);
  const from = new Date(endsAt.getTime() - hours * slotMs);
  const kept = hoursBetween(from, endsAt).filter((hour) => !isMissed(hour, awayIn(row), now));
  const lapses = await lapseOf(db, reservation, kept);
  return lapses === 0n ? view : { ...view, ifCancelled: { ...view.ifCancelled, lapses: textOf(lapses) } };
}

async function viewsOf(
  db: DbOrTx,
  rows: readonly Row[],
  actor: Actor,
  zone: string,
): Promise<ReservationView[]> {
  const terms = { limits: await readLabSettings(db), zone };
  const givenBack = rows.filter(({ reservation }) => reservation.cancelledWhy === "by_owner");
  const lapsed = await lapsedById(
    db,
    givenBack.map(({ reservation }) => reservation.publicId),
  );
  return Promise.all(
    rows.map((row) => {
      const amount = lapsed.get(row.reservation.publicId);
      const view = toView(row, actor, terms);
      return withLapse(db, row, actor, amount === undefined ? view : { ...view, lapsed: textOf(amount) });
    }),
  );
}

/** @throws AppError `not_found` for what is another's, too; administrators see all */
export async function getReservation(
  db: DbOrTx,
  actor: Actor,
  zone: string,
  id: string,
): Promise<ReservationView> {
  const rows = await rowsOf(db, eq(reservations.publicId, id), 1);
  const readable = rows.filter(({ reservation: { userId } }) =>
    can(actor, "reservation.read", { ownerId: userId }),
  );
  const [view] = await viewsOf(db, readable, actor, zone);
  if (!view) throw new AppError("not_found", `There is no reservation ${id}.`);
  return view;
}

/**
 * The actor's reservations, the newest first, or everybody's for administrators who ask for all.
 * @throws AppError `forbidden` for anyone else who does
 */
export async function listReservations(
  db: DbOrTx,
  actor: Actor,
  zone: string,
  input: ListReservationsInput,
): Promise<Page<ReservationView>> {
  const all = input.all === true;
  if (all && !can(actor, "schedule.manage")) throw new AppError("forbidden", "This needs the admin role.");
  const after = decodeCursor(input.cursor, /^\d{1,15}$/);
  const which = and(
    all ? undefined : eq(reservations.userId, actor.userId),
    after === undefined ? undefined : lt(reservations.id, Number(after)),
    input.state === undefined ? undefined : eq(reservations.state, input.state),
    input.gpuId === undefined ? undefined : eq(gpus.publicId, input.gpuId),
  );
  const rows = await rowsOf(db, which, input.limit + 1);
  const { rows: shown, nextCursor } = pageOf(rows, input.limit, ({ reservation }) => String(reservation.id));
  return { data: await viewsOf(db, shown, actor, zone), nextCursor };
}
