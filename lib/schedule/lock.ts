import { and, type Column, eq, gt, gte, inArray, lte, type SQL, sql } from "drizzle-orm";
import type { Tx } from "@/db/client";
import { dbNow } from "@/db/clock";
import { gpus, nodes, slots, users, weeks } from "@/db/schema";
import type { Actor } from "@/lib/auth/model";
import type { GpuMode, GpuState } from "@/lib/fleet/model";
import { required } from "@/lib/kernel/assert";
import { AppError } from "@/lib/kernel/errors";
import type { SlotInput } from "./model";
import { slotIndexOf } from "./rules";
import { type SlotFacts, slotFacts } from "./slot-rules";

interface LockedGpu {
  readonly id: number;
  readonly publicId: string;
  readonly index: number;
  readonly node: string;
  readonly mode: GpuMode;
  readonly state: GpuState;
}

type LockedWeek = Pick<typeof weeks.$inferSelect, "key" | "startsAt" | "endsAt" | "closesAt" | "status">;

/** A slot whose row nobody else changes until the transaction ends. */
export interface LockedSlot extends SlotFacts {
  readonly gpu: LockedGpu;
  readonly startsAt: Date;
  readonly week: LockedWeek;
  /** The key of its leader's hold. */
  readonly hold: string | null;
}

export interface Locked {
  /** In the order they were asked for. */
  readonly slots: readonly LockedSlot[];
  /** By the database's clock, read once all is locked: what was true then stays so until the transaction ends. */
  readonly now: Date;
}

/** Rows written by one statement. */
const rowsAtOnce = 1_000;

export function* inChunks<Item>(items: readonly Item[], size = rowsAtOnce): Generator<readonly Item[]> {
  for (let start = 0; start < items.length; start += size) yield items.slice(start, start + size);
}

/** Names a slot's place in the input, for the form's field. */
export const fieldOf = (index: number, bulk: boolean): string => (bulk ? `slots.${index}` : "slot");

/**
 * Locks all that a change of slots depends on, in the order that holds everywhere: the actor, and then `lockHours`.
 * @throws AppError `forbidden` (disabled), and as `lockHours`
 */
export async function lockSlots(
  tx: Tx,
  actor: Actor,
  wanted: readonly SlotInput[],
  bulk: boolean,
): Promise<Locked> {
  await lockActor(tx, actor);
  return lockHours(tx, wanted, bulk);
}

/**
 * What comes after the person whose hours are changed: the weeks (shared: bids go side by side, and their week's turn waits
 * for them), the GPUs (shared: their mode stays), the slots by GPU and hour.
 * @throws AppError `not_found` (no such GPU), `invalid` (no hour of a week that is scheduled)
 */
export async function lockHours(tx: Tx, wanted: readonly SlotInput[], bulk: boolean): Promise<Locked> {
  const found = await lockWeeks(
    tx,
    wanted.map(({ slot }) => Date.parse(slot)),
  );
  const known = await lockGpus(
    tx,
    wanted.map(({ gpuId }) => gpuId),
  );
  const named = wanted.map(({ gpuId, slot }, index) => {
    const startsAt = new Date(slot);
    const week = found.find(
      ({ startsAt: start, endsAt: end }) => slotIndexOf({ start, end }, startsAt) !== null,
    );
    const gpu = known.get(gpuId);
    if (!gpu) throw new AppError("not_found", `There is no GPU ${gpuId}.`);
    if (week) return { gpu, startsAt, week };
    const message = `No hour of a week that is scheduled begins at ${slot}.`;
    throw new AppError("invalid", message, { fields: { [fieldOf(index, bulk)]: message } });
  });
  return lockRows(tx, named);
}

/** What somebody has is theirs alone to change while their row is locked. @throws AppError `forbidden` (disabled) */
export async function lockActor(tx: Tx, { userId }: Pick<Actor, "userId">): Promise<void> {
  const [user] = await tx
    .select({ disabledAt: users.disabledAt })
    .from(users)
    .where(eq(users.id, userId))
    .for("update");
  if (!user || user.disabledAt) throw new AppError("forbidden", "This account is disabled.");
}

/**
 * Orders a select by a column and shares its rows' locks until the transaction ends. MariaDB says so behind the last clause,
 * and knows nothing of the `FOR SHARE` that Drizzle would write. The select names a column that no index has: of what an index
 * holds by itself its entry alone would be locked, past which a turn or a change of mode goes.
 */
const sharedBy = (column: Column): SQL => sql`${column} lock in share mode`;

/** Longer than any week. ms */
const weekAndMoreMs = 8 * 24 * 3_600_000;

/** The weeks that some of the instants fall into, and those beside them. */
async function lockWeeks(tx: Tx, instants: readonly number[]): Promise<LockedWeek[]> {
  const [first, last] = instants.reduce(
    ([least, most], at) => [Math.min(least, at), Math.max(most, at)],
    [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY],
  );
  const touched = and(
    lte(weeks.startsAt, new Date(last)),
    gt(weeks.startsAt, new Date(first - weekAndMoreMs)),
  );
  return tx
    .select({
      key: weeks.key,
      startsAt: weeks.startsAt,
      endsAt: weeks.endsAt,
      closesAt: weeks.closesAt,
      status: weeks.status,
    })
    .from(weeks)
    .where(touched)
    .orderBy(sharedBy(weeks.startsAt));
}

async function lockGpus(tx: Tx, publicIds: readonly string[]): Promise<Map<string, LockedGpu>> {
  const rows = await tx
    .select({
      id: gpus.id,
      publicId: gpus.publicId,
      index: gpus.deviceIndex,
      // No join, which would lock the server's row, too: whoever looks after it writes that every few seconds.
      node: sql<string>`(select ${nodes.name} from ${nodes} where ${eq(nodes.id, gpus.nodeId)})`,
      mode: gpus.mode,
      state: gpus.state,
    })
    .from(gpus)
    .where(inArray(gpus.publicId, [...new Set(publicIds)]))
    .orderBy(sharedBy(gpus.id));
  return new Map(rows.map((row) => [row.publicId, row]));
}

/** Writes slots whose rows are there and locked, a thousand by one statement. */
export async function writeSlots(tx: Tx, rows: readonly (typeof slots.$inferInsert)[]): Promise<void> {
  const fresh = (column: string) => sql.raw(`values(${column})`);
  const set = {
    state: fresh("state"),
    userId: fresh("user_id"),
    price: fresh("price"),
    n: fresh("n"),
    hold: fresh("hold"),
  };
  for (const chunk of inChunks(rows)) {
    await tx
      .insert(slots)
      .values([...chunk])
      .onDuplicateKeyUpdate({ set });
  }
}

type Named = Pick<LockedSlot, "gpu" | "startsAt" | "week">;

const keyOf = (gpuId: number, startsAt: Date): string => `${gpuId} ${startsAt.getTime()}`;

/**
 * Makes the rows that aren't there and locks all of them, in one statement for each thousand and in one order: an INSERT
 * IGNORE would share the locks of those that are there, and two of them would deadlock.
 */
async function lockRows(tx: Tx, named: readonly Named[]): Promise<Locked> {
  const inOrder = [...named].sort(
    (a, b) => a.gpu.id - b.gpu.id || a.startsAt.getTime() - b.startsAt.getTime(),
  );
  for (const chunk of inChunks(inOrder)) {
    await tx
      .insert(slots)
      .values(chunk.map(({ gpu, startsAt, week }) => ({ gpuId: gpu.id, startsAt, week: week.key })))
      .onDuplicateKeyUpdate({ set: { gpuId: sql`${slots.gpuId}` } });
  }
  const [first, last] = [inOrder[0], inOrder.at(-1)];
  const times = inOrder.map(({ startsAt }) => startsAt.getTime());
  const rows =
    first === undefined || last === undefined
      ? []
      : await tx
          .select({ slot: slots, now: dbNow })
          .from(slots)
          .where(
            and(
              inArray(slots.gpuId, [...new Set(inOrder.map(({ gpu }) => gpu.id))]),
              gte(slots.startsAt, new Date(Math.min(...times))),
              lte(slots.startsAt, new Date(Math.max(...times))),
            ),
          );
  const byKey = new Map(rows.map(({ slot }) => [keyOf(slot.gpuId, slot.startsAt), slot]));
  return {
    slots: named.map((each) => {
      const row = required(byKey.get(keyOf(each.gpu.id, each.startsAt)), "the slot just locked");
      return { ...each, ...slotFacts(row), hold: row.hold };
    }),
    now: required(rows[0], "a slot just locked").now,
  };
}
