import { assertNever } from "@/lib/kernel/assert";
import type { NoticeContent, NoticeTone } from "./model";

export interface NoticeText {
  readonly title: string;
  readonly body: string;
  readonly tone: NoticeTone;
  /** The page of what it is about. */
  readonly href: string;
}

/** "14:05 EST": the day stands beside it, as the notice's own. */
function clock(iso: string, zone: string): string {
  const format = new Intl.DateTimeFormat("en-US", {
    timeZone: zone,
    hourCycle: "h23",
    hour: "2-digit",
    minute: "2-digit",
    timeZoneName: "short",
  });
  const parts = new Map(format.formatToParts(new Date(iso)).map(({ type, value }) => [type, value]));
  return `${parts.get("hour")}:${parts.get("minute")} ${parts.get("timeZoneName")}`;
}

const gigabytes = (bytes: number): string => (bytes / 1024 ** 3).toFixed(1);
const session = (slug: string): string => `/sessions/${slug}`;
const hosts = "/admin/gpus";

/** What a notice says, in the one place where it is put into words. @param zone IANA name, for times in it */
export function noticeText(content: NoticeContent, zone: string): NoticeText {
  switch (content.kind) {
    case "session_time_limit":
      return {
        title: `Session ${content.slug} reached its time limit`,
        body: "A snapshot of its workspace is taken, then it stops. The workspace stays: launch again to go on.",
        tone: "idle",
        href: session(content.slug),
      };
    case "session_failed":
      return {
        title: `Session ${content.slug} failed`,
        body: `${content.reason} The workspace is kept.`,
        tone: "bad",
        href: session(content.slug),
      };
    case "session_ending":
      return {
        title: `Session ${content.slug} stops at ${clock(content.stopsAt, zone)}`,
        body: "Its time limit ends it, after a snapshot of the workspace. Save what is only in memory.",
        tone: "warn",
        href: session(content.slug),
      };
    case "session_restarted":
      return {
        title: `Session ${content.slug} was interrupted`,
        body: `${content.reason} Files are as they were; programs must be started anew.`,
        tone: "warn",
        href: session(content.slug),
      };
    case "workspace_filling":
      return {
        title: `Workspace ${content.name} is ${content.percent} % full`,
        body: `${gigabytes(content.usedBytes)} of ${content.quotaGb} GB are used. When it is full nothing more can be written: delete what you no longer need.`,
        tone: content.percent >= 95 ? "bad" : "warn",
        href: `/workspaces/${content.workspaceId}`,
      };
    case "node_unreachable":
      return {
        title: `GPU host ${content.node} does not answer`,
        body: `Not since ${clock(content.since, zone)}. Its sessions are left as they are, and nothing new starts there. On the host, ./medforge doctor says what is wrong.`,
        tone: "bad",
        href: hosts,
      };
    case "node_back":
      return {
        title: `GPU host ${content.node} answers again`,
        body: `It had not since ${clock(content.since, zone)}.`,
        tone: "ok",
        href: hosts,
      };
    case "session_isolation_broken":
      return {
        title: `Session ${content.slug} is not isolated as it should be`,
        body: content.finding,
        tone: "bad",
        href: session(content.slug),
      };
    default:
      return assertNever(content);
  }
}
