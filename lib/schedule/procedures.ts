import { userProcedure } from "@/lib/auth/procedure";
import { envelope, listEnvelope, ok, paged } from "@/lib/kernel/envelope";
import { listTransactionsInput } from "@/lib/wallet/model";
import { placeBid, placeBids, undoBid, undoBids } from "./commands/bid";
import { releaseSlot, releaseSlots, takeSlot, takeSlots } from "./commands/own";
import { gpuHoursView } from "./hours-model";
import {
  bidView,
  bulkInput,
  bulkView,
  gridInput,
  gridView,
  historyView,
  listBidsInput,
  overviewView,
  slotInput,
  slotView,
  spendingView,
  statementLine,
  summaryView,
} from "./model";
import { getGrid, getOverview } from "./queries/grid";
import { getHistory } from "./queries/history";
import { getHours } from "./queries/hours";
import { getSummary, listBids } from "./queries/own";
import { getSpending } from "./queries/spending";
import { listStatement } from "./queries/statement";
import { assertZone } from "./zone";

const base = "/schedule";
const tags = ["Schedule"];

/** Refused while hours are sold in weeks of another zone than the settings name. */
export const scheduleProcedure = userProcedure.use(async ({ context, next }) => {
  await assertZone(context.db, context.settings.zone);
  return next();
});

/** Part of the wallet; here, since hours and weeks of GPU time are. */
export const walletHourProcedures = {
  transactions: userProcedure
    .route({
      method: "GET",
      path: "/wallet/transactions",
      tags: ["Wallet"],
      summary: "Your statement, newest first, with the balance after each line and the hour that it was for",
    })
    .input(listTransactionsInput)
    .output(listEnvelope(statementLine))
    .handler(async ({ context, input }) => paged(await listStatement(context.db, context.actor, input))),
  spending: userProcedure
    .route({
      method: "GET",
      path: "/wallet/spending",
      tags: ["Wallet"],
      summary: "What GPU time cost you in each of the last ten weeks, in credits",
    })
    .output(envelope(spendingView))
    .handler(async ({ context }) => ok(await getSpending(context.db, context.actor, context.settings.zone))),
};

const bidProcedures = {
  place: scheduleProcedure
    .route({
      method: "POST",
      path: `${base}/bids`,
      tags,
      summary: "Lead a slot for one credit more than whoever led it",
    })
    .input(slotInput)
    .output(envelope(slotView))
    .handler(async ({ context, input }) => ok(await placeBid(context, input))),
  placeMany: scheduleProcedure
    .route({
      method: "POST",
      path: `${base}/bids/bulk`,
      tags,
      summary: "The same for many slots: all of them or none",
    })
    .input(bulkInput)
    .output(envelope(bulkView))
    .handler(async ({ context, input }) => ok(await placeBids(context, input))),
  undo: scheduleProcedure
    .route({
      method: "POST",
      path: `${base}/bids/undo`,
      tags,
      summary: "Take a bid back before which nobody led the slot",
    })
    .input(slotInput)
    .output(envelope(slotView))
    .handler(async ({ context, input }) => ok(await undoBid(context, input))),
  undoMany: scheduleProcedure
    .route({
      method: "POST",
      path: `${base}/bids/undo-bulk`,
      tags,
      summary: "The same for several slots: all of them or none",
    })
    .input(bulkInput)
    .output(envelope(bulkView))
    .handler(async ({ context, input }) => ok(await undoBids(context, input))),
};

const slotProcedures = {
  release: scheduleProcedure
    .route({
      method: "POST",
      path: `${base}/slots/release`,
      tags,
      summary: "Give a slot back that has not begun, for a part of a credit",
    })
    .input(slotInput)
    .output(envelope(slotView))
    .handler(async ({ context, input }) => ok(await releaseSlot(context, input))),
  releaseMany: scheduleProcedure
    .route({
      method: "POST",
      path: `${base}/slots/release-bulk`,
      tags,
      summary: "The same for several slots: all of them or none",
    })
    .input(bulkInput)
    .output(envelope(bulkView))
    .handler(async ({ context, input }) => ok(await releaseSlots(context, input))),
  take: scheduleProcedure
    .route({
      method: "POST",
      path: `${base}/slots/take`,
      tags,
      summary: "Have an unsold slot at once, the running hour's too, for one credit",
    })
    .input(slotInput)
    .output(envelope(slotView))
    .handler(async ({ context, input }) => ok(await takeSlot(context, input))),
  takeMany: scheduleProcedure
    .route({
      method: "POST",
      path: `${base}/slots/take-bulk`,
      tags,
      summary: "The same for several slots: all of them or none",
    })
    .input(bulkInput)
    .output(envelope(bulkView))
    .handler(async ({ context, input }) => ok(await takeSlots(context, input))),
  history: scheduleProcedure
    .route({
      method: "GET",
      path: `${base}/slots/{gpuId}/{slot}/history`,
      tags,
      summary: "All bids on a slot, and who would have won when",
    })
    .input(slotInput)
    .output(envelope(historyView))
    .handler(async ({ context, input }) => ok(await getHistory(context.db, context.actor, input))),
};

export const scheduleProcedures = {
  overview: scheduleProcedure
    .route({
      method: "GET",
      path: `${base}/overview`,
      tags,
      summary: "The weeks that execute and are bid on, what is auctioned, and on which terms",
    })
    .output(envelope(overviewView))
    .handler(async ({ context }) => ok(await getOverview(context.db, context.actor, context.settings.zone))),
  week: scheduleProcedure
    .route({
      method: "GET",
      path: `${base}/weeks/{week}`,
      tags,
      summary: "All slots of a week, or of a day of it",
    })
    .input(gridInput)
    .output(envelope(gridView))
    .handler(async ({ context, input }) =>
      ok(await getGrid(context.db, context.actor, context.settings.zone, input)),
    ),
  hours: scheduleProcedure
    .route({
      method: "GET",
      path: `${base}/hours`,
      tags,
      summary: "Whose the present hour of each GPU is, and how you can have it or the next",
    })
    .output(listEnvelope(gpuHoursView))
    .handler(async ({ context }) =>
      paged({ data: await getHours(context.db, context.actor), nextCursor: null }),
    ),
  bids: bidProcedures,
  slots: slotProcedures,
  me: scheduleProcedure
    .route({
      method: "GET",
      path: `${base}/me/summary`,
      tags,
      summary: "What you have to spend, what you have bid on and hold, and what starts by itself in it",
    })
    .output(envelope(summaryView))
    .handler(async ({ context }) => ok(await getSummary(context.db, context.actor))),
  myBids: scheduleProcedure
    .route({ method: "GET", path: `${base}/me/bids`, tags, summary: "Your bids, newest first" })
    .input(listBidsInput)
    .output(listEnvelope(bidView))
    .handler(async ({ context, input }) => paged(await listBids(context.db, context.actor, input))),
};
