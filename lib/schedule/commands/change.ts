import type { Tx } from "@/db/client";
import { inTransaction } from "@/db/tx";
import { recordAudit, recordChanges } from "@/lib/audit/record";
import type { SignedInContext } from "@/lib/auth/procedure";
import { can } from "@/lib/auth/rules";
import { required } from "@/lib/kernel/assert";
import { AppError } from "@/lib/kernel/errors";
import { newPublicId } from "@/lib/kernel/ids";
import { type Micros, micros, textOf } from "@/lib/kernel/money";
import { hourText } from "@/lib/kernel/zoned-time";
import { lockAccounts } from "@/lib/wallet/accounts";
import { postTransfers } from "@/lib/wallet/post";
import { InsufficientFundsError } from "@/lib/wallet/posting-rules";
import { accountId, shortfallText, type TransferInput } from "@/lib/wallet/rules";
import { fieldOf, inChunks, type Locked, type LockedSlot, lockSlots, writeSlots } from "../lock";
import type { BulkInput, BulkView, SlotInput, SlotView } from "../model";
import { type Outcome, type Phase, phaseOf, refusalText, type SlotFacts } from "../slot-rules";
import { type Stretches, stretchesOf } from "../stretches";

export type ScheduleContext = Pick<SignedInContext, "db" | "actor" | "requestId" | "settings">;

/** A slot as it was and as it is to be. */
export interface Changed {
  readonly before: LockedSlot;
  readonly after: SlotFacts;
}

/** What is done with slots: everything that bids, undoes, releases and takes differ in. */
export interface Change {
  /** Of the audit: `slot.bid`. */
  readonly action: string;
  decide(slot: LockedSlot, userId: number, phase: Phase): Outcome;
  /** The money that goes with it, of one slot. */
  transfers(changed: Changed, userId: number): readonly TransferInput[];
  /** The key of the leader's hold afterwards. */
  hold(changed: Changed): string | null;
  /** What is written besides, once slots and money are. */
  record?(tx: Tx, changed: readonly Changed[], now: Date): Promise<void>;
}

export const credit = { currency: "CREDIT" } as const;

/**
 * Changes slots for the actor, all of them or none, with the money that goes with it.
 * @throws AppError `conflict`, `insufficient_funds` that name GPU and slot; `not_found`, `invalid`, `forbidden`
 */
export function changeSlots(
  { db, actor, requestId, settings }: ScheduleContext,
  wanted: readonly SlotInput[],
  bulkId: string | null,
  change: Change,
): Promise<readonly Changed[]> {
  const { userId } = actor;
  if (!can(actor, "schedule.spend", { ownerId: userId })) throw new AppError("forbidden", "You may not.");
  const bulk = bulkId !== null;
  return inTransaction(db, async (tx) => {
    const locked = await lockSlots(tx, actor, wanted, bulk);
    const refuse = (index: number, code: "conflict" | "insufficient_funds", why: string) => {
      const message = `${slotName(required(locked.slots[index], "the slot"), settings.zone)}: ${why}`;
      return new AppError(code, message, { fields: { [fieldOf(index, bulk)]: message } });
    };
    const changed = locked.slots.map((before, index) => {
      const phase = phaseOf(before.startsAt, before.week, locked.now);
      const outcome = change.decide(before, userId, phase);
      if ("slot" in outcome) return { before, after: outcome.slot };
      throw refuse(index, "conflict", `${refusalText(outcome.refusal)}.`);
    });
    await pay(tx, changed, userId, change, refuse);
    await write(tx, changed, change, locked.now);
    const detail = bulk ? auditOfBulk(changed) : auditOf(changed[0]);
    const resource = bulkId ?? wanted[0]?.gpuId ?? "";
    await recordAudit(tx, { ...actor, requestId }, { action: change.action, resource, detail });
    return changed;
  });
}

/** Writes slots as they are to be, and what goes with that; the money has moved. */
async function write(tx: Tx, changed: readonly Changed[], change: Change, now: Date): Promise<void> {
  await writeSlots(
    tx,
    changed.map((each) => ({
      gpuId: each.before.gpu.id,
      startsAt: each.before.startsAt,
      week: each.before.week.key,
      ...each.after,
      hold: change.hold(each),
    })),
  );
  await change.record?.(tx, changed, now);
  await recordChanges(
    tx,
    [...new Set(changed.map(({ before }) => before.week.key))].map(
      (resource) => ({ userId: null, topic: "schedule", resource }) as const,
    ),
  );
}

/**
 * Changes for somebody those of their slots that can be, the others stay as they are: for the lab, which asks nobody. The
 * caller audits it.
 * @param locked at most as many as one call takes transfers
 */
export async function changeWhatCan(
  tx: Tx,
  userId: number,
  { slots, now }: Locked,
  change: Change,
): Promise<readonly Changed[]> {
  const changed = slots.flatMap((before) => {
    const outcome = change.decide(before, userId, phaseOf(before.startsAt, before.week, now));
    return "slot" in outcome ? [{ before, after: outcome.slot }] : [];
  });
  if (changed.length === 0) return changed;
  await postTransfers(
    tx,
    changed.flatMap((each) => change.transfers(each, userId)),
  );
  await write(tx, changed, change, now);
  return changed;
}

/**
 * The same for what is asked for together, under an id of its own.
 * @param amountOf what is held, paid or given back for one slot
 */
export async function changeTogether(
  context: ScheduleContext,
  { slots }: BulkInput,
  changeOf: (bulkId: string) => Change,
  amountOf: (changed: Changed) => Micros,
): Promise<BulkView> {
  const bulkId = newPublicId("blk");
  const changed = await changeSlots(context, slots, bulkId, changeOf(bulkId));
  const amount = micros(changed.reduce((sum, each) => sum + amountOf(each), 0n));
  return { bulkId, slots: changed.length, amount: textOf(amount), currency: "CREDIT" };
}

type Refuse = (index: number, code: "conflict" | "insufficient_funds", why: string) => AppError;

/** As many transfers as one call takes. */
const transfersAtOnce = 10_000;

async function pay(
  tx: Tx,
  changed: readonly Changed[],
  userId: number,
  change: Change,
  refuse: Refuse,
): Promise<void> {
  const due = changed.flatMap((each, index) =>
    change.transfers(each, userId).map((transfer) => ({ transfer, index })),
  );
  if (due.length > transfersAtOnce) await lockAll(tx, changed, userId);
  let done = 0;
  for (const chunk of inChunks(due, transfersAtOnce)) {
    try {
      await postTransfers(
        tx,
        chunk.map(({ transfer }) => transfer),
      );
    } catch (error) {
      if (error instanceof InsufficientFundsError)
        throw tooLittle(error, due, done + error.index, userId, refuse);
      throw await refusedPayment(tx, error, userId);
    }
    done += chunk.length;
  }
}

interface Due {
  readonly transfer: TransferInput;
  /** The place of its slot in what was asked for. */
  readonly index: number;
}

/** What transfers take or hold of what somebody has. */
function takenBy(due: readonly Due[], userId: number): Micros {
  let sum = 0n;
  for (const { transfer } of due) {
    if ("debit" in transfer && "user" in transfer.debit && transfer.debit.user === userId)
      sum += transfer.amount;
  }
  return micros(sum);
}

/** Says of several slots what they cost together and what there was for them, not for the one where it ended. */
function tooLittle(
  error: InsufficientFundsError,
  due: readonly Due[],
  place: number,
  userId: number,
  refuse: Refuse,
): AppError {
  const { index } = required(due[place], "the transfer that was refused");
  const slots = new Set(due.map((each) => each.index)).size;
  if (slots === 1) return refuse(index, "insufficient_funds", error.message);
  const had = micros(error.available + takenBy(due.slice(0, place), userId));
  const sum = shortfallText(`${slots} hours cost`, takenBy(due, userId), had, error.currency);
  return refuse(index, "insufficient_funds", `the credits end here. ${sum}`);
}

/** Several calls would lock accounts in an order of their own. */
async function lockAll(tx: Tx, changed: readonly Changed[], userId: number): Promise<void> {
  const leaders = changed.flatMap(({ before }) => (before.userId === null ? [] : [before.userId]));
  const ids = [...new Set([userId, ...leaders])].map((user) => accountId({ user, ...credit }));
  await lockAccounts(
    tx,
    ids.sort((a, b) => a - b),
  );
}

/** Tells whose account rests where it isn't the actor's own. */
async function refusedPayment(tx: Tx, error: unknown, userId: number): Promise<unknown> {
  if (!(error instanceof AppError) || error.conflict !== "account_frozen") return error;
  const mine = accountId({ user: userId, ...credit });
  if ((await lockAccounts(tx, [mine])).get(mine)?.frozen !== false) return error;
  return new AppError(
    "conflict",
    "Somebody leads there whose account rests until an administrator has looked into it. Leave out what they lead.",
    { conflict: "account_frozen" },
  );
}

function auditOf(changed: Changed | undefined): Record<string, unknown> {
  if (!changed) return {};
  return { slot: changed.before.startsAt.toISOString(), price: changed.after.price };
}

/** The hours of several, with how many are not named. */
function auditOfBulk(changed: readonly Changed[]): Record<string, unknown> {
  const { hours, unlisted } = changedStretches(changed);
  return { slots: changed.length, hours, ...(unlisted > 0 && { unlisted }) };
}

export function changedStretches(changed: readonly Changed[]): Stretches {
  return stretchesOf(
    changed.map(({ before }) => ({ gpuId: before.gpu.publicId, startsAt: before.startsAt })),
  );
}

/** "GPU 3 on gpu1, Sat 5 Dec 14:00 EST". */
function slotName({ gpu, startsAt }: LockedSlot, zone: string): string {
  return `GPU ${gpu.index} on ${gpu.node}, ${hourText(startsAt, zone)}`;
}

/** What became of the one slot, as its changer sees it. */
export function toSlotView([changed]: readonly Changed[], username: string): SlotView {
  const { before, after } = required(changed, "the slot that was changed");
  return {
    gpuId: before.gpu.publicId,
    slot: before.startsAt.toISOString(),
    state: after.state,
    person: after.userId === null ? null : username,
    price: after.price,
  };
}
