import { and, eq, gte, inArray, isNotNull, lt } from "drizzle-orm";
import type { DbOrTx } from "@/db/client";
import { gpus, nodes, reservations, slots, users } from "@/db/schema";
import type { Actor } from "@/lib/auth/model";
import { can } from "@/lib/auth/rules";
import { AppError } from "@/lib/kernel/errors";
import { textOf } from "@/lib/kernel/money";
import type { Currency } from "@/lib/wallet/model";
import type { Reservation } from "../booking";
import { creditsOf } from "../credits";
import { currentWeeks, findWeek } from "./weeks";

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
 * Who leads, holds or has booked which hours of a week, the one that runs unless said. For admins.
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
  const devices = await db
    .select({
      id: gpus.id,
      gpuId: gpus.publicId,
      node: nodes.name,
      index: gpus.deviceIndex,
      model: gpus.model,
    })
    .from(gpus)
    .innerJoin(nodes, eq(nodes.id, gpus.nodeId));
  const held = await heldIn(
    db,
    found,
    devices.map(({ id }) => id),
  );
  const people = await peopleOf(db, held);
  const booked = await reservationsOf(db, held);
  const deviceOf = new Map(devices.map(({ id, ...device }) => [id, device]));
  const sold = held.flatMap(({ gpuId, startsAt, state, price, userId, reservationId }) => {
    const device = deviceOf.get(gpuId);
    const reservation = booked.get(reservationId);
    if (!device) return [];
    return {
      week: found.key,
      slot: startsAt.toISOString(),
      ...device,
      state,
      price: textOf(reservation?.rate ?? creditsOf(price)),
      currency: reservation?.rateCurrency ?? "CREDIT",
      username: people.get(userId) ?? null,
      reservationId: reservation?.publicId ?? null,
    };
  });
  return sold.sort((a, b) => compare(a.slot, b.slot) || compare(a.node, b.node) || a.index - b.index);
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

type Held = typeof slots.$inferSelect;

/**
 * The GPUs are named one by one and nothing is joined, so that MariaDB reads the week's range of each one's hours in the
 * primary key: with the GPUs' table beside them it reads all the hours that there ever were.
 */
async function heldIn(
  db: DbOrTx,
  { startsAt, endsAt }: { readonly startsAt: Date; readonly endsAt: Date },
  gpuIds: readonly number[],
): Promise<Held[]> {
  if (gpuIds.length === 0) return [];
  const inWeek = and(gte(slots.startsAt, startsAt), lt(slots.startsAt, endsAt));
  return db
    .select()
    .from(slots)
    .where(and(inArray(slots.gpuId, [...gpuIds]), inWeek, isNotNull(slots.userId)));
}

const distinct = (ids: readonly (number | null)[]): number[] => [...new Set(ids.flatMap((id) => id ?? []))];

async function peopleOf(db: DbOrTx, held: readonly Held[]): Promise<Map<number | null, string>> {
  const ids = distinct(held.map(({ userId }) => userId));
  if (ids.length === 0) return new Map();
  const rows = await db
    .select({ id: users.id, username: users.username })
    .from(users)
    .where(inArray(users.id, ids));
  return new Map(rows.map(({ id, username }) => [id, username]));
}

async function reservationsOf(db: DbOrTx, held: readonly Held[]): Promise<Map<number | null, Reservation>> {
  const ids = distinct(held.map(({ reservationId }) => reservationId));
  if (ids.length === 0) return new Map();
  const rows = await db.select().from(reservations).where(inArray(reservations.id, ids));
  return new Map(rows.map((row) => [row.id, row]));
}
