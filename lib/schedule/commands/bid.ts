import type { Tx } from "@/db/client";
import { bids } from "@/db/schema";
import type { NoticeContent } from "@/lib/notices/model";
import { notifyEachAgain } from "@/lib/notices/notify";
import { endBids, outbidNotices } from "../bids";
import { creditsOf } from "../credits";
import { inChunks } from "../lock";
import type { BulkInput, BulkView, SlotInput, SlotView } from "../model";
import { bidOn, giveUpOn, gpuRefusal, saleKey, slotReference, undoOn } from "../slot-rules";
import {
  type Change,
  type Changed,
  changeSlots,
  changeTogether,
  credit,
  type ScheduleContext,
  toSlotView,
} from "./change";

/** The leader's hold is given back, in the transaction in which they cease to lead. */
function giveBack({ before }: Changed, how: "outbid" | "undone") {
  const reference = slotReference(before.gpu.publicId, before.startsAt);
  if (before.hold === null) return [];
  return [
    { type: "void", key: `${before.hold}:${how}`, pendingKey: before.hold, kind: "bid", reference },
  ] as const;
}

const keyOf = ({ before, after }: Changed): string => saleKey(before.gpu.publicId, before.startsAt, after.n);

function bidding(userId: number, bulkId: string | null): Change {
  return {
    action: "slot.bid",
    decide: (slot, bidder, phase) => {
      const refusal = gpuRefusal(slot.gpu, phase);
      return refusal ? { refusal } : bidOn(slot, bidder, phase);
    },
    transfers: (changed) => [
      ...giveBack(changed, "outbid"),
      {
        type: "pending",
        key: keyOf(changed),
        debit: { user: userId, ...credit },
        credit: { system: "revenue", ...credit },
        amount: creditsOf(changed.after.price),
        kind: "bid",
        reference: slotReference(changed.before.gpu.publicId, changed.before.startsAt),
      },
    ],
    hold: keyOf,
    async record(tx, changed, now) {
      const outbid = changed.filter(({ before }) => before.state === "leading");
      await endBids(tx, standing(outbid), "outbid", now);
      for (const chunk of inChunks(changed)) {
        await tx.insert(bids).values(
          chunk.map(({ before, after }) => ({
            gpuId: before.gpu.id,
            startsAt: before.startsAt,
            n: after.n,
            userId,
            price: after.price,
            placedAt: now,
            bulkId,
          })),
        );
      }
      await tellOutbid(tx, outbid);
    },
  };
}

/** The bids that led these slots until now. */
const standing = (led: readonly Changed[]) =>
  led.map(({ before }) => ({ gpuId: before.gpu.id, startsAt: before.startsAt, n: before.n }));

/**
 * Tells those who were outbid, one notice for each however many slots it were: as long as it is unread, the next takes its
 * place. Their accounts are locked, so that nobody else tells them of another meanwhile.
 */
async function tellOutbid(tx: Tx, outbid: readonly Changed[]): Promise<void> {
  const of = new Map<number, Changed[]>();
  for (const each of outbid) {
    const { userId } = each.before;
    if (userId !== null) of.set(userId, [...(of.get(userId) ?? []), each]);
  }
  await notifyEachAgain(
    tx,
    outbidNotices,
    [...of].map(([userId, lost]) => {
      const [{ before, after }] = lost as [Changed, ...Changed[]];
      return {
        userId,
        key: `${before.week.key}:${before.gpu.publicId}:${before.startsAt.getTime()}:${after.n}`,
        contentOf: (unread) => ({
          kind: "slots_outbid",
          week: before.week.key,
          gpu: `GPU ${before.gpu.index} on ${before.gpu.node}`,
          slot: before.startsAt.toISOString(),
          price: after.price,
          count: lost.length + countOf(unread, before.week.key),
        }),
      };
    }),
  );
}

/** How often an unread notice tells of being outbid in this week: what was lost in another is closed. */
function countOf(unread: NoticeContent | null, week: string): number {
  return unread?.kind === "slots_outbid" && unread.week === week ? unread.count : 0;
}

const undoing: Change = {
  action: "slot.undo",
  decide: undoOn,
  transfers: (changed) => giveBack(changed, "undone"),
  hold: () => null,
  record: (tx, changed, now) => endBids(tx, standing(changed), "undone", now),
};

/** The same, whoever led before: for who can't use what they lead. */
export const givingUp: Change = { ...undoing, action: "slot.give_up", decide: giveUpOn };

/** Leads one slot for one credit more than whoever led it. @throws AppError as `changeSlots` */
export async function placeBid(context: ScheduleContext, slot: SlotInput): Promise<SlotView> {
  const { userId, username } = context.actor;
  return toSlotView(await changeSlots(context, [slot], null, bidding(userId, null)), username);
}

/** The same for many at once: all of them or none, and then which one was in the way. */
export function placeBids(context: ScheduleContext, input: BulkInput): Promise<BulkView> {
  const changeOf = (bulkId: string) => bidding(context.actor.userId, bulkId);
  return changeTogether(context, input, changeOf, ({ after }) => creditsOf(after.price));
}

/** Takes a bid back before which nobody led the slot. @throws AppError as `changeSlots` */
export async function undoBid(context: ScheduleContext, slot: SlotInput): Promise<SlotView> {
  return toSlotView(await changeSlots(context, [slot], null, undoing), context.actor.username);
}

/** The same for several, all of them or none. */
export function undoBids(context: ScheduleContext, input: BulkInput): Promise<BulkView> {
  return changeTogether(
    context,
    input,
    () => undoing,
    ({ before }) => creditsOf(before.price),
  );
}
