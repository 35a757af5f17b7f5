import { z } from "zod";
import { pageInput } from "@/lib/kernel/envelope";
import { publicIdPattern, slugPattern } from "@/lib/kernel/id-patterns";

const instant = z.iso.datetime();
const slug = z.string().regex(slugPattern);
/** Of a reason that is told in full elsewhere, on the session's page. */
const reason = z.string().max(1000);
const node = z.string().max(64);

/** What people are told of. `rules.ts` gives each its words. */
export const noticeContent = z.discriminatedUnion("kind", [
  /** Its time limit passed and it is being stopped. */
  z.strictObject({ kind: z.literal("session_time_limit"), slug }),
  z.strictObject({ kind: z.literal("session_failed"), slug, reason }),
  /** Its time limit is near. */
  z.strictObject({ kind: z.literal("session_ending"), slug, stopsAt: instant }),
  /** Its container died with its host or engine. */
  z.strictObject({ kind: z.literal("session_restarted"), slug, reason }),
  z.strictObject({
    kind: z.literal("workspace_filling"),
    workspaceId: z.string().regex(publicIdPattern("wsp")),
    name: z.string(),
    /** The mark that was passed, not the exact share. */
    percent: z.number().int(),
    usedBytes: z.number().int(),
    quotaGb: z.number().int(),
  }),
  /** For admins, as are those below. */
  z.strictObject({ kind: z.literal("node_unreachable"), node, since: instant }),
  z.strictObject({ kind: z.literal("node_back"), node, since: instant }),
  z.strictObject({ kind: z.literal("session_isolation_broken"), slug, finding: reason }),
]);
export type NoticeContent = z.output<typeof noticeContent>;

export const noticeTones = ["idle", "ok", "warn", "bad"] as const;
export type NoticeTone = (typeof noticeTones)[number];

export const noticeId = z.string().regex(publicIdPattern("ntc"));
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
  /** The page of what it is about, below the console's origin. */
  href: z.string(),
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
