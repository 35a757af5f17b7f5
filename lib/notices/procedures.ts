import { z } from "zod";
import { userProcedure } from "@/lib/auth/procedure";
import { envelope, ok } from "@/lib/kernel/envelope";
import { markAllRead, markRead } from "./commands";
import { listNoticesInput, noticePage, noticeRef, noticeView, readAllInput } from "./model";
import { listNotices } from "./queries";

const base = "/me/notices";
const tags = ["Notices"];

export const noticeProcedures = {
  list: userProcedure
    .route({
      method: "GET",
      path: base,
      tags,
      summary: "What I was told, newest first, and how much is unread",
    })
    .input(listNoticesInput)
    .output(noticePage)
    .handler(({ context, input }) => listNotices(context.db, context.actor, input)),
  read: userProcedure
    .route({ method: "POST", path: `${base}/{id}/read`, tags, summary: "Mark a notice as read" })
    .input(noticeRef)
    .output(envelope(noticeView))
    .handler(async ({ context, input }) => ok(await markRead(context, input.id))),
  readAll: userProcedure
    .route({
      method: "POST",
      path: `${base}/read-all`,
      tags,
      summary: "Mark everything up to a notice as read",
    })
    .input(readAllInput)
    .output(envelope(z.strictObject({ marked: z.number().int() })))
    .handler(async ({ context, input }) => ok({ marked: await markAllRead(context, input.upTo) })),
};
