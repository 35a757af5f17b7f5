import { adminProcedure } from "@/lib/auth/procedure";
import { envelope, listEnvelope, ok, paged, pageInput } from "@/lib/kernel/envelope";
import { advanceWeek, cleanUpWeeks } from "./commands/weeks";
import { adminWeekView, advanceInput, cleanupInput, cleanupView, weekView } from "./model";
import { listWeeks } from "./queries/weeks";

const base = "/admin/weeks";
const tags = ["Admin"];

export const adminWeekProcedures = {
  list: adminProcedure
    .route({ method: "GET", path: base, tags, summary: "Every week, and what is sold of it" })
    .input(pageInput)
    .output(listEnvelope(adminWeekView))
    .handler(async ({ context, input }) => paged(await listWeeks(context.db, context.actor, input))),
  advance: adminProcedure
    .route({
      method: "POST",
      path: `${base}/advance`,
      tags,
      summary: "Close the bidding on the open week now; the worker turns it",
    })
    .input(advanceInput)
    .output(envelope(weekView))
    .handler(async ({ context, input }) => ok(await advanceWeek(context, input.week))),
  cleanup: adminProcedure
    .route({
      method: "POST",
      path: `${base}/cleanup`,
      tags,
      summary: "Remove slots and bids of weeks that are over, but for the newest",
    })
    .input(cleanupInput)
    .output(envelope(cleanupView))
    .handler(async ({ context, input }) => ok(await cleanUpWeeks(context, input.keep))),
};
