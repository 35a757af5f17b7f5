import { z } from "zod";
import { limits } from "@/lib/auth/model";
import { pageInput } from "@/lib/kernel/envelope";
import { publicId, slug } from "@/lib/kernel/id-schemas";
import { surfaces } from "@/lib/kernel/surface";

const instant = z.iso.datetime();
/** A session, and the surface that has a page of it. */
const session = { slug, exposure: z.enum(surfaces) };
/** Of a reason that is told in full elsewhere, on the session's page. */
const reason = z.string().max(1000);
const node = z.string().max(64);
/** "GPU 3 on gpu1". */
const gpuText = z.string().max(100);
/** A session that was to start by itself when an hour began. */
const plannedSession = { exposure: z.enum(surfaces), gpu: gpuText, slot: instant };
/** A competition, and the surface that has a page of it. */
const competition = { slug: z.string().max(63), exposure: z.enum(surfaces), title: z.string() };
/** The last of `count` submissions to it that it is told of. */
const submission = {
  ...competition,
  submissionId: publicId("sub"),
  filename: z.string(),
  count: z.number().int().min(1),
};

/** What took a running session's container, or the workspace under it, away. */
export const restartCauses = ["host", "engine", "workspace"] as const;
export type RestartCause = (typeof restartCauses)[number];

/** What people are told of. `rules.ts` gives each its words. */
export const noticeContent = z.discriminatedUnion("kind", [
  /** Its time limit passed and it is being stopped. */
  z.strictObject({ kind: z.literal("session_time_limit"), ...session }),
  /** Its owner's GPU-hours of the week are used up and it is being stopped. */
  z.strictObject({ kind: z.literal("session_hours_used_up"), ...session }),
  /** The hours that its owner holds of its GPU are over, or somebody else's begins, and it is being stopped. */
  z.strictObject({ kind: z.literal("session_hour_ended"), ...session }),
  z.strictObject({ kind: z.literal("session_failed"), ...session, reason }),
  /** Its time limit is near. */
  z.strictObject({ kind: z.literal("session_ending"), ...session, stopsAt: instant }),
  /** Its owner's GPU-hours of the week end it before its time limit does. */
  z.strictObject({ kind: z.literal("session_hours_ending"), ...session, stopsAt: instant }),
  /** The hours in which it may run on its GPU end then: `minutes` before. */
  z.strictObject({
    kind: z.literal("session_hour_ending"),
    ...session,
    stopsAt: instant,
    minutes: z.number().int().min(1),
    /** The hour behind: whose it was when this was told, and whether it is booked, not taken. Older notices don't say. */
    next: z.strictObject({ person: z.string().nullable(), booked: z.boolean() }).optional(),
  }),
  /** By itself, in an hour that its owner holds. */
  z.strictObject({ kind: z.literal("session_started"), ...session, gpu: gpuText }),
  /** It should have, and could not yet; it is tried until then. */
  z.strictObject({
    kind: z.literal("session_start_waiting"),
    ...plannedSession,
    reason,
    until: instant,
  }),
  /** It should have, and nothing comes of it. */
  z.strictObject({ kind: z.literal("session_not_started"), ...plannedSession, reason }),
  /** Its container died with its host or engine, or its workspace did. */
  z.strictObject({
    kind: z.literal("session_restarted"),
    ...session,
    reason,
    /** Not in those that were told before it was kept. */
    cause: z.enum(restartCauses).optional(),
  }),
  z.strictObject({
    kind: z.literal("workspace_filling"),
    exposure: z.enum(surfaces),
    workspaceId: publicId("wsp"),
    name: z.string(),
    /** Its files against its quota, or they with all snapshots against what those may hold together. */
    of: z.enum(["files", "space"]),
    /** The mark that was passed, not the exact share. */
    percent: z.number().int(),
    usedBytes: z.number().int(),
    limitBytes: z.number().int(),
  }),
  /** An admin changed what its reader may use; only what was changed is there, null is no limit. */
  z.strictObject({
    kind: z.literal("account_changed"),
    canUseInternal: z.boolean().optional(),
    ...z.object(limits).partial().shape,
  }),
  /** It reached what it must not: for its owner and admins. */
  z.strictObject({ kind: z.literal("session_isolation_broken"), ...session, finding: reason }),
  /** For admins, as is the one below. */
  z.strictObject({ kind: z.literal("node_unreachable"), node, since: instant }),
  z.strictObject({ kind: z.literal("node_back"), node, since: instant }),
  /** By its sender's fault: where and why. */
  z.strictObject({
    kind: z.literal("submission_rejected"),
    ...submission,
    detail: reason,
    line: z.number().int().optional(),
  }),
  /** By ours, after all tries. */
  z.strictObject({
    kind: z.literal("submission_failed"),
    ...submission,
    /** Which bound it ran over, twice: that counts against the limits. */
    detail: reason.optional(),
  }),
  /** After its sender had to wait, or was told that it failed. */
  z.strictObject({ kind: z.literal("submission_scored"), ...submission }),
  /** For whoever has taken part, as is the one below. */
  z.strictObject({ kind: z.literal("private_revealed"), ...competition }),
  /** A new version of the evaluation has scored everything; `rejected` of their own it could not. */
  z.strictObject({
    kind: z.literal("evaluation_scored"),
    ...competition,
    number: z.number().int(),
    rejected: z.number().int(),
  }),
  /** Somebody leads where its reader led: the last of `count` times since they last looked. */
  z.strictObject({
    kind: z.literal("slots_outbid"),
    week: z.iso.date(),
    gpu: gpuText,
    slot: instant,
    /** Whole credits. */
    price: z.number().int(),
    count: z.number().int().min(1),
    /** Bidding on the week has closed since. */
    closed: z.literal(true).optional(),
  }),
  /** Bidding on a week closed, and its turn came to its reader, who won hours of it or had credits that lapsed. */
  z.strictObject({
    kind: z.literal("week_turned"),
    week: z.iso.date(),
    closedAt: instant,
    hours: z.number().int(),
    /** Whole credits, for all of the hours. */
    paid: z.number().int(),
    /** Credits, decimal. */
    lapsed: z.string().max(50),
    refilled: z.string().max(50),
  }),
  /** A reservation ended before its time, though its owner didn't cancel it: its hours from `slot` on are anybody's. */
  z.strictObject({
    kind: z.literal("reservation_cancelled"),
    reservationId: publicId("rsv"),
    gpu: z.string().max(100),
    slot: instant,
    why: z.enum(["by_admin", "no_funds", "account_disabled", "gpu_out_of_service"]),
    /** Of the GPU's state. */
    reason: reason.nullable(),
    /** What of it can be spent again, e.g. "4.5 credits"; null for nothing, or nothing yet. */
    refund: z.string().max(50).nullable(),
  }),
  /** Hours of a reservation, the first of them `slot`, in which nothing could start: nothing is charged for them. */
  z.strictObject({
    kind: z.literal("reservation_hours_lost"),
    reservationId: publicId("rsv"),
    gpu: gpuText,
    slot: instant,
    hours: z.number().int().min(1),
    /** Why the last of them was lost. */
    why: z.enum(["gpu_absent", "host_silent"]),
    /** What of it can be spent again, e.g. "4.5 credits". */
    refund: z.string().max(50),
  }),
  /** Its reader's account was disabled: what they led is bid on anew, and hours to come that were theirs are anybody's. */
  z.strictObject({
    kind: z.literal("hours_given_up"),
    led: z.number().int(),
    held: z.number().int(),
    /** Credits that came back for the latter, decimal. */
    refund: z.string().max(50),
  }),
  /** A scoring was given up by our fault: for admins, once for each evaluation as long as that is unread. */
  z.strictObject({
    kind: z.literal("scoring_failed"),
    ...competition,
    evaluation: publicId("evl"),
    number: z.number().int(),
    submissionId: publicId("sub"),
    failure: reason,
  }),
  /** The ledger's verification found what doesn't add up: for admins. */
  z.strictObject({
    kind: z.literal("ledger_mismatch"),
    /** Whose account was frozen for it; null where it is no one account's. */
    username: z.string().nullable(),
    finding: reason,
  }),
]);
export type NoticeContent = z.output<typeof noticeContent>;

export const noticeTones = ["idle", "ok", "warn", "bad"] as const;
export type NoticeTone = (typeof noticeTones)[number];

/** A notice in words. */
export interface NoticeText {
  readonly title: string;
  readonly body: string;
  readonly tone: NoticeTone;
  /** The page of what it is about. */
  readonly href: string;
  /** Which surface has that page; null: either. */
  readonly surface: (typeof surfaces)[number] | null;
}

export const noticeId = publicId("ntc");
export const noticeRef = z.strictObject({ id: noticeId });
export const listNoticesInput = pageInput;

export const readAllInput = z.strictObject({
  /** The newest that was seen: what came after it stays unread. */
  upTo: noticeId,
});

export const noticeView = z.strictObject({
  id: noticeId,
  content: noticeContent,
  /** The same in words, times in UTC. */
  title: z.string(),
  body: z.string(),
  tone: z.enum(noticeTones),
  /** The page of what it is about, below the origin of its surface. */
  href: z.string(),
  /** Which surface has that page; null: either. */
  surface: z.enum(surfaces).nullable(),
  createdAt: instant,
  readAt: instant.nullable(),
});
export type NoticeView = z.output<typeof noticeView>;

/** A page of notices; `unread` counts all of them, not only the page's. */
export const noticePage = z.strictObject({
  data: z.array(noticeView),
  meta: z.strictObject({ nextCursor: z.string().nullable(), unread: z.number().int() }),
});
export type NoticePage = z.output<typeof noticePage>;
