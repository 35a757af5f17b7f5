import { and, asc, eq, gte, inArray, lt, sql } from "drizzle-orm";
import type { Tx } from "@/db/client";
import { dbNow } from "@/db/clock";
import { gpus, nodes, type reservations, scheduleZone, slots, users } from "@/db/schema";
import { required } from "@/lib/kernel/assert";
import { AppError } from "@/lib/kernel/errors";
import { micros, microsOf, textOf } from "@/lib/kernel/money";
import { hourText } from "@/lib/kernel/zoned-time";
import { postTransfers } from "@/lib/wallet/post";
import { InsufficientFundsError } from "@/lib/wallet/posting-rules";
import { priceText, shortfallText } from "@/lib/wallet/rules";
import { inChunks } from "./lock";
import type { ShownRate } from "./reservation-model";
import { costOf, holdKey, hoursBetween, hoursText } from "./reservation-rules";
import { slotMs } from "./rules";
import { requireZone } from "./zone";

export type Reservation = typeof reservations.$inferSelect;
type Gpu = typeof gpus.$inferSelect;

/** A GPU as those who book see it. */
export interface BookedGpu
  extends Pick<
    Gpu,
    | "id"
    | "publicId"
    | "deviceIndex"
    | "mode"
    | "state"
    | "stateReason"
    | "present"
    | "absentSince"
    | "rate"
    | "rateCurrency"
  > {
  readonly node: string;
  readonly unreachableSince: Date | null;
}

export const bookedGpuColumns = {
  id: gpus.id,
  publicId: gpus.publicId,
  deviceIndex: gpus.deviceIndex,
  mode: gpus.mode,
  state: gpus.state,
  stateReason: gpus.stateReason,
  present: gpus.present,
  absentSince: gpus.absentSince,
  rate: gpus.rate,
  rateCurrency: gpus.rateCurrency,
  node: nodes.name,
  unreachableSince: nodes.unreachableSince,
};

/** "GPU 3 on gpu1" */
export const gpuName = ({ deviceIndex, node }: Pick<BookedGpu, "deviceIndex" | "node">): string =>
  `GPU ${deviceIndex} on ${node}`;

/** "disabled: new fans", "not found in its host"; null for one that serves. */
function outOfService({ state, stateReason, present }: BookedGpu): string | null {
  if (state !== "available") return stateReason ? `${state}: ${stateReason.replace(/[.\s]+$/, "")}` : state;
  return present ? null : "not found in its host";
}

/**
 * Locks what hours are booked under: the zone that they are laid out in and the GPU, both shared. After its user, before
 * slots and accounts.
 * @param publicId the GPU's
 * @throws AppError `unavailable` (hours of another zone), `not_found`, `conflict` (its hours are not booked; it is out of
 *   service)
 */
export async function lockBookable(
  tx: Tx,
  publicId: string,
  zone: string,
): Promise<{ readonly gpu: BookedGpu; readonly now: Date }> {
  await tx.execute(sql`select id from ${scheduleZone} where id = 1 lock in share mode`);
  await requireZone(tx, zone);
  // With a column that no index has, or the entry of the index alone would be locked.
  await tx.execute(sql`select id, mode from ${gpus} where ${eq(gpus.publicId, publicId)} lock in share mode`);
  const [gpu] = await tx
    .select({ ...bookedGpuColumns, now: dbNow })
    .from(gpus)
    .innerJoin(nodes, eq(nodes.id, gpus.nodeId))
    .where(eq(gpus.publicId, publicId));
  if (!gpu) throw new AppError("not_found", `There is no GPU ${publicId}.`);
  const { now, ...bookable } = gpu;
  if (gpu.mode !== "reservation") {
    throw new AppError("conflict", `${gpuName(gpu)} can't be booked: its mode is ${gpu.mode}.`);
  }
  const why = outOfService(gpu);
  if (why !== null)
    throw new AppError("conflict", `${gpuName(gpu)} is ${why}. Nothing is booked on it meanwhile.`);
  return { gpu: bookable, now };
}

/**
 * Hours to come can be booked of a silent host; of the one that runs nobody knows whether anything could start in it.
 * @throws AppError `conflict`
 */
export function requireAnswer(gpu: BookedGpu, from: Date, now: Date): void {
  if (from > now || gpu.unreachableSince === null) return;
  const message = `The host of ${gpuName(gpu)} does not answer: its running hour can't be booked.`;
  throw new AppError("conflict", message);
}

/**
 * Whether hours cost what their booker was shown, if they say what that was.
 * @param costs what does, with its verb: `An hour of this reservation costs`
 * @throws AppError `conflict` (`changed_meanwhile`) that names the field and says what they cost
 */
export function requireRate(
  { rate, rateCurrency }: Pick<Reservation, "rate" | "rateCurrency">,
  shown: ShownRate,
  { from, to }: { readonly from: Date; readonly to: Date },
  costs: string,
): void {
  if (!shown || (microsOf(shown.amount) === rate && shown.currency === rateCurrency)) return;
  const [is, all] = [rate, costOf(rate, from, to)].map((amount) => priceText(textOf(amount), rateCurrency));
  const hours = hoursBetween(from, to).length;
  const sum = hours === 1 ? "" : `: ${hoursText(hours)} cost ${all}`;
  const message = `${costs} ${is}, not ${priceText(shown.amount, shown.currency)}${sum}. Nothing was booked.`;
  throw new AppError("conflict", message, { fields: { rate: message }, conflict: "changed_meanwhile" });
}

/**
 * Makes hours those of a reservation, which is there. The slots' primary key is what keeps two from having one hour:
 * rows are made and locked by one ordered statement, and whoever comes second finds the first one's.
 * @throws AppError `conflict` that names the first hour that somebody has
 */
async function takeHours(
  tx: Tx,
  { id, userId, gpuId }: Pick<Reservation, "id" | "userId" | "gpuId">,
  hours: readonly Date[],
  gpu: BookedGpu,
  zone: string,
): Promise<void> {
  const mine = { state: "reserved", userId, reservationId: id } as const;
  for (const chunk of inChunks(hours)) {
    await tx
      .insert(slots)
      .values(chunk.map((startsAt) => ({ gpuId, startsAt, ...mine })))
      .onDuplicateKeyUpdate({ set: { gpuId: sql`${slots.gpuId}` } });
  }
  const [first, last] = [required(hours[0], "an hour to book"), required(hours.at(-1), "an hour to book")];
  const rows = await tx
    .select({
      startsAt: slots.startsAt,
      reservationId: slots.reservationId,
      holderId: slots.userId,
      holder: users.username,
    })
    .from(slots)
    .leftJoin(users, eq(users.id, slots.userId))
    .where(
      and(
        eq(slots.gpuId, gpuId),
        gte(slots.startsAt, first),
        lt(slots.startsAt, new Date(last.getTime() + slotMs)),
      ),
    )
    .orderBy(asc(slots.startsAt));
  const others = rows.filter(({ reservationId }) => reservationId !== id);
  for (const { startsAt, holderId, holder } of others) {
    if (holderId === null) continue;
    const who = holderId === userId ? "you have it already" : `${holder} has it`;
    const message = `${gpuName(gpu)}, ${hourText(startsAt, zone)}: ${who}.`;
    throw new AppError("conflict", message, { conflict: "taken" });
  }
  // From when the GPU's hours were auctioned: empty, or given back.
  const old = others.map(({ startsAt }) => startsAt);
  if (old.length > 0) {
    await tx
      .update(slots)
      .set(mine)
      .where(and(eq(slots.gpuId, gpuId), inArray(slots.startsAt, old)));
  }
}

/** Holds what hours cost, each by itself: they are paid one by one. @throws AppError `insufficient_funds`, `conflict` */
async function holdHours(
  tx: Tx,
  {
    publicId,
    userId,
    rate,
    rateCurrency,
  }: Pick<Reservation, "publicId" | "userId" | "rate" | "rateCurrency">,
  hours: readonly Date[],
): Promise<void> {
  try {
    await postTransfers(
      tx,
      hours.map((hour) => ({
        type: "pending",
        key: holdKey(publicId, hour),
        debit: { user: userId, currency: rateCurrency },
        credit: { system: "revenue", currency: rateCurrency },
        amount: rate,
        kind: "reservation",
        reference: holdKey(publicId, hour),
      })),
    );
  } catch (error) {
    if (!(error instanceof InsufficientFundsError)) throw error;
    const costs = `${hoursText(hours.length)} cost${hours.length === 1 ? "s" : ""}`;
    const cost = micros(rate * BigInt(hours.length));
    const left = micros(error.available + rate * BigInt(error.index));
    throw new AppError("insufficient_funds", shortfallText(costs, cost, left, rateCurrency));
  }
}

/** Books hours for a reservation that is there: they are its own, and held. @throws AppError as both steps */
export async function bookFor(
  tx: Tx,
  reservation: Pick<Reservation, "id" | "publicId" | "userId" | "gpuId" | "rate" | "rateCurrency">,
  { from, to }: { readonly from: Date; readonly to: Date },
  gpu: BookedGpu,
  zone: string,
): Promise<void> {
  const hours = hoursBetween(from, to);
  await takeHours(tx, reservation, hours, gpu, zone);
  await holdHours(tx, reservation, hours);
}

/** What is booked, for the audit. */
export function bookedDetail(
  gpu: BookedGpu,
  { rate, rateCurrency }: Pick<Reservation, "rate" | "rateCurrency">,
  { from, to }: { readonly from: Date; readonly to: Date },
): Record<string, string> {
  return {
    gpu: gpu.publicId,
    from: from.toISOString(),
    to: to.toISOString(),
    cost: priceText(textOf(costOf(rate, from, to)), rateCurrency),
  };
}
