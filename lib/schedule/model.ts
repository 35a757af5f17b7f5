import { z } from "zod";
import { gpuId, gpuModes, gpuStates } from "@/lib/fleet/model";
import { pageInput } from "@/lib/kernel/envelope";
import { amountText } from "@/lib/kernel/money";
import { surfaces } from "@/lib/kernel/surface";
import { transactionView } from "@/lib/wallet/model";

/** `open`: bid on; `executing`: the latest whose bidding is over; `final`: those before. Who holds an hour follows from none. */
export const weekStatuses = ["open", "executing", "final"] as const;
export type WeekStatus = (typeof weekStatuses)[number];

/**
 * `empty`: nobody leads; `leading`: somebody does, and holds it once bidding is over; `released`: given back by its holder;
 * `reserved`: of a reservation.
 */
export const slotStates = ["empty", "leading", "sold", "released", "reserved"] as const;
export type SlotState = (typeof slotStates)[number];

export const bidOutcomes = ["leading", "outbid", "undone", "won"] as const;
export type BidOutcome = (typeof bidOutcomes)[number];

/** More than a week of the largest lab, and still a body that is read at once. */
export const mostSlotsAtOnce = 11_000;

const instant = z.iso.datetime();

/** Before and after it nobody sells hours; MariaDB and calendars agree on all that is within. */
const isInRange = (text: string): boolean => text >= "2000" && text < "2200";
const outOfRange = "From the year 2000 to 2199.";
export const weekKey = z.iso.date().refine(isInRange, outOfRange);
const price = z.number().int();
const count = z.number().int();

/** An hour of a GPU, by the instant at which it begins. */
export const slotInput = z.strictObject({ gpuId, slot: instant.refine(isInRange, outOfRange) });
export type SlotInput = z.output<typeof slotInput>;

export const bulkInput = z
  .strictObject({ slots: z.array(slotInput).min(1).max(mostSlotsAtOnce) })
  .refine(({ slots }) => distinct(slots) === slots.length, {
    path: ["slots"],
    message: "Name each slot once.",
  });
export type BulkInput = z.output<typeof bulkInput>;

const distinct = (slots: readonly SlotInput[]): number =>
  new Set(slots.map(({ gpuId, slot }) => `${gpuId} ${Date.parse(slot)}`)).size;

/** What became of a slot. */
export const slotView = z.strictObject({
  gpuId,
  slot: instant,
  state: z.enum(slotStates),
  /** Who leads or holds it. */
  person: z.string().nullable(),
  /** Whole credits; 0 while nobody has it. */
  price,
});
export type SlotView = z.output<typeof slotView>;

/** What became of several at once: all or none. */
export const bulkView = z.strictObject({
  /** Names them in the audit log, and bids that were made together. */
  bulkId: z.string().nullable(),
  slots: count,
  /** In all: what is held for bids, what was paid for hours taken, or what was given back. */
  amount: amountText,
  currency: z.literal("CREDIT"),
});
export type BulkView = z.output<typeof bulkView>;

export const weekView = z.strictObject({
  /** Its Saturday's date. */
  week: weekKey,
  startsAt: instant,
  endsAt: instant,
  /** The first instant at which nobody bids any more. */
  closesAt: instant,
  status: z.enum(weekStatuses),
});
export type WeekView = z.output<typeof weekView>;

const scheduledGpu = z.strictObject({
  id: gpuId,
  index: count,
  node: z.string(),
  model: z.string(),
  memoryMiB: count,
  mode: z.enum(gpuModes),
  state: z.enum(gpuStates),
});
export type ScheduledGpu = z.output<typeof scheduledGpu>;

export const overviewView = z.strictObject({
  /** By the lab's clock, which decides when bidding closes. */
  now: instant,
  zone: z.string(),
  /** The weeks that are not over, in order: those that run or are sold, and the open one. */
  weeks: z.array(weekView),
  /** Those that are auctioned now. */
  gpus: z.array(scheduledGpu),
  /** What holds for everybody, in credits. */
  terms: z.strictObject({
    weeklyBudget: amountText,
    rolloverPercent: count,
    releaseRefund: amountText,
    takePrice: amountText,
  }),
});
export type OverviewView = z.output<typeof overviewView>;

export const gridInput = z.strictObject({
  week: weekKey,
  /** A day of that week in the lab's zone: only its hours. */
  day: z.iso.date().optional(),
});
export type GridInput = z.output<typeof gridInput>;

/** [GPU's place in `gpus`, hour's place in `hours`, price, place in `people` or null, state]. */
const cell = z.tuple([count, count, price, count.nullable(), z.enum(slotStates)]);
export type Cell = z.output<typeof cell>;

/** A week of all GPUs. Slots that nobody ever bid on or took have no cell. */
export const gridView = z.strictObject({
  ...weekView.shape,
  now: instant,
  zone: z.string(),
  /** The first hour that is shown, and how many there are: each begins 3600 s after the one before. */
  hours: z.strictObject({ first: instant, count }),
  gpus: z.array(scheduledGpu),
  people: z.array(z.string()),
  cells: z.array(cell),
  /** Where the reader bid and does not lead: [GPU's place, hour's place]. */
  outbid: z.array(z.tuple([count, count])),
});
export type GridView = z.output<typeof gridView>;

export const historyView = z.strictObject({
  ...slotView.shape,
  week: weekKey,
  /** Every accepted bid, in order. */
  bids: z.array(
    z.strictObject({
      person: z.string(),
      price,
      placedAt: instant,
      outcome: z.enum(bidOutcomes),
      endedAt: instant.nullable(),
    }),
  ),
  /** Who would have won, had bidding closed then: from each instant until the next one's. */
  leaders: z.array(z.strictObject({ from: instant, person: z.string().nullable(), price })),
});
export type HistoryView = z.output<typeof historyView>;

const startView = z.strictObject({
  ...slotInput.shape,
  exposure: z.enum(surfaces),
  /** The hour is somebody else's as things are: nothing starts unless it is theirs again. */
  rests: z.boolean(),
});
export type StartView = z.output<typeof startView>;

export const summaryView = z.strictObject({
  currency: z.literal("CREDIT"),
  posted: amountText,
  held: amountText,
  available: amountText,
  /** What the week's turn adds. */
  weeklyBudget: amountText,
  /** What the last turn left, took and added; null before one came to them. */
  granted: z
    .strictObject({ week: weekKey, rolledOver: amountText, lapsed: amountText, refilled: amountText })
    .nullable(),
  /** In the week that is bid on. */
  bidding: z.strictObject({ week: weekKey, closesAt: instant, leading: count, outbid: count }).nullable(),
  /** Hours to come that are theirs, the one that runs among them: won, taken or booked. */
  hours: z.strictObject({ count, next: slotInput.nullable() }),
  /** Hours with which a session starts by itself, the soonest first, 200 at most. */
  starts: z.array(startView),
});
export type SummaryView = z.output<typeof summaryView>;

/** A line of the wallet's statement, with the hour of GPU time that it was for. */
export const statementLine = transactionView.extend({
  /** Null for what is of no hour: a week's turn, a correction. */
  hour: z
    .strictObject({
      gpuId,
      /** "GPU 3 on gpu1" */
      gpu: z.string(),
      slot: instant,
      /** It was due though its reservation was cancelled: that was within an hour of its beginning. */
      cancelledLate: z.boolean(),
    })
    .nullable(),
});
export type StatementLine = z.output<typeof statementLine>;

/** What GPU time cost in credits, by weeks that follow each other, the oldest first. */
export const spendingView = z.strictObject({
  weeks: z.array(
    z.strictObject({
      week: weekKey,
      /** Below zero where more came back than went. */
      spent: amountText,
    }),
  ),
});
export type SpendingView = z.output<typeof spendingView>;

export const listBidsInput = pageInput.extend({
  week: weekKey.optional(),
  outcome: z.enum(bidOutcomes).optional(),
});
export type ListBidsInput = z.output<typeof listBidsInput>;

export const bidView = z.strictObject({
  gpuId,
  gpu: z.string(),
  slot: instant,
  price,
  placedAt: instant,
  outcome: z.enum(bidOutcomes),
  endedAt: instant.nullable(),
  bulkId: z.string().nullable(),
});
export type BidView = z.output<typeof bidView>;

export const adminWeekView = z.strictObject({
  ...weekView.shape,
  turnedAt: instant.nullable(),
  /** Slots that somebody leads or holds, how many people do, and what they cost together. */
  slots: count,
  people: count,
  credits: amountText,
});
export type AdminWeekView = z.output<typeof adminWeekView>;

export const advanceInput = z.strictObject({
  /** The open week that is meant: asked twice, it doesn't close the next as well. */
  week: weekKey,
});

export const cleanupInput = z.strictObject({
  /** How many weeks that are over stay. */
  keep: z.number().int().min(1).max(1_000),
});

export const cleanupView = z.strictObject({ weeks: count, slots: count, bids: count });
export type CleanupView = z.output<typeof cleanupView>;

export const exportFilter = z.strictObject({
  /** The one that runs unless said. */
  week: weekKey.optional(),
});
