import { assertNever } from "@/lib/kernel/assert";
import { minutesText } from "@/lib/kernel/minutes";
import type { Surface } from "@/lib/kernel/surface";
import { dayText, hourText, zonedParts } from "@/lib/kernel/zoned-time";
import { competitionNoticeText } from "./competition-rules";
import type { NoticeContent, NoticeText } from "./model";

/** "14:05 EST": the day stands beside it, as the notice's own. */
function clock(iso: string, zone: string): string {
  const { hour, minute, zoneName } = zonedParts(new Date(iso), zone);
  return `${hour}:${minute} ${zoneName}`;
}

const gigabytes = (bytes: number): string => String(Number((bytes / 1024 ** 3).toFixed(1)));
const pageOf = ({ slug, exposure }: { slug: string; exposure: Surface }) => ({
  href: `/sessions/${slug}`,
  surface: exposure,
});
const hosts = { href: "/admin/gpus", surface: null };

type Told<Kind extends NoticeContent["kind"]> = Extract<NoticeContent, { kind: Kind }>;

function fillingText(content: Told<"workspace_filling">): NoticeText {
  const { name, percent, usedBytes, limitBytes, workspaceId, exposure } = content;
  const files = content.of === "files";
  const use = `${gigabytes(usedBytes)} of ${gigabytes(limitBytes)} GB are used.`;
  return {
    title: `Workspace ${name} ${files ? "" : "with its snapshots "}is ${percent} % full`,
    body: `${use} When it is full nothing more can be written: delete ${files ? "files" : "snapshots"} that you no longer need.`,
    tone: percent >= 95 ? "bad" : "warn",
    href: `/workspaces/${workspaceId}`,
    surface: exposure,
  };
}

const upTo = (value: number | null | undefined, unit: string): string | null =>
  value === undefined ? null : value === null ? `no limit of ${unit}` : `${value} ${unit}`;

function longest(minutes: number | null | undefined): string | null {
  if (minutes === undefined) return null;
  return minutes === null
    ? "no limit on how long a session runs"
    : `sessions of up to ${minutesText(minutes)}`;
}

function accountText(content: Told<"account_changed">): NoticeText {
  const { canUseInternal, maxSessions, maxGpuHoursPerWeek, maxDiskGb, maxDurationMinutes } = content;
  const grant = canUseInternal ? "sessions without internet too" : "no more sessions without internet";
  const parts = [
    canUseInternal === undefined ? null : grant,
    upTo(maxSessions, maxSessions === 1 ? "session at once" : "sessions at once"),
    upTo(maxGpuHoursPerWeek, maxGpuHoursPerWeek === 1 ? "GPU-hour a week" : "GPU-hours a week"),
    upTo(maxDiskGb, "GB of workspaces"),
    longest(maxDurationMinutes),
  ];
  return {
    title: "An administrator changed what you may use",
    body: `Now: ${parts.filter((part) => part !== null).join(", ")}.`,
    tone: "idle",
    href: "/settings",
    surface: null,
  };
}

/** A container that dies alone leaves its files as they were; with host or file system goes what they had not written out. */
function restartedText({ cause, reason, ...session }: Told<"session_restarted">): NoticeText {
  const files =
    cause === "engine" ? "Files are as they were" : "What was written last and not synced may be lost";
  return {
    title: `Session ${session.slug} was interrupted`,
    body: `${reason} ${files}; programs must be started anew.`,
    tone: "warn",
    ...pageOf(session),
  };
}

const creditsText = (amount: number | string): string =>
  `${amount} ${String(amount) === "1" ? "credit" : "credits"}`;
const hoursText = (count: number): string => (count === 1 ? "1 hour" : `${count} hours`);

function outbidText(content: Told<"slots_outbid">, zone: string): NoticeText {
  const { week, gpu, slot, price, count, closed } = content;
  const where = `${gpu}, ${hourText(new Date(slot), zone)}`;
  const it = count === 1 ? "It" : `The last, ${where},`;
  const now = closed
    ? `${it} was then at ${creditsText(price)}. Bidding on the week has closed: hours that nobody won can be taken.`
    : `${it} is now at ${creditsText(price)}. What was held for it is yours again: bid once more until the week's bidding closes.`;
  return {
    title: count === 1 ? `You were outbid on ${where}` : `You were outbid ${count} times`,
    body: now,
    tone: closed ? "idle" : "warn",
    href: `/schedule/${week}`,
    surface: null,
  };
}

function turnedText(content: Told<"week_turned">, zone: string): NoticeText {
  const { week, closedAt, hours, paid, lapsed, refilled } = content;
  const ofWeek = `the week of ${dayText(week)}`;
  const closed = `closed on ${hourText(new Date(closedAt), zone)}`;
  const came = refilled === "0" ? "" : ` ${creditsText(refilled)} came.`;
  if (hours === 0) {
    return {
      title: `${creditsText(lapsed)} lapsed at the week's turn`,
      body: `Bidding on ${ofWeek} ${closed}, and of what you had left that part lapsed.${came}`,
      tone: "idle",
      href: "/wallet",
      surface: null,
    };
  }
  const cost = `${hours === 1 ? "It" : "They"} cost ${creditsText(paid)}.`;
  const lost = lapsed === "0" ? "" : ` Of what was left ${creditsText(lapsed)} lapsed.`;
  return {
    title: `You won ${hoursText(hours)} of ${ofWeek}`,
    body: `${cost} Bidding ${closed}.${lost}${came}`,
    tone: "ok",
    href: `/schedule/${week}`,
    surface: null,
  };
}

function nextHourText({ next }: Told<"session_hour_ending">): string {
  if (!next) return "If nobody holds the next hour, take it under GPU time to go on.";
  if (next.person !== null) return `${next.person} has the next hour.`;
  return `Nobody holds the next hour: ${next.booked ? "book" : "take"} it under GPU time to go on.`;
}

function cancelledText(content: Told<"reservation_cancelled">, zone: string): NoticeText {
  const { gpu, slot, why, reason, refund } = content;
  const causes = {
    by_admin: "An administrator cancelled it.",
    no_funds: "As an hour of it began, the money for it was not held any more, or the account rested.",
    account_disabled: "The account was disabled.",
    gpu_out_of_service: `The GPU was out of service as an hour of it began${reason ? `: ${reason.replace(/[.\s]+$/, "")}` : ""}.`,
  };
  const back = refund === null ? "" : ` ${refund} held for it can be spent again.`;
  return {
    title: `Your reservation of ${gpu} was cancelled`,
    body: `From ${hourText(new Date(slot), zone)} on. ${causes[why]}${back}`,
    tone: "bad",
    href: "/schedule/reserve",
    surface: null,
  };
}

function hoursLostText(content: Told<"reservation_hours_lost">, zone: string): NoticeText {
  const { gpu, slot, hours, why, refund } = content;
  const causes = {
    gpu_absent: "its host did not find the GPU",
    host_silent: "the GPU's host did not answer",
  };
  const what = hours === 1 ? "1 hour" : `${hours} hours`;
  const which = `${hours === 1 ? "" : "The first of them is "}${hourText(new Date(slot), zone)}`;
  return {
    title: `${what} of ${gpu} ${hours === 1 ? "is" : "are"} not charged`,
    body: `${which}. Nothing could start: for ten minutes or more from the hour's beginning ${causes[why]}. ${refund} can be spent again. Hours to come stay booked until you cancel the reservation.`,
    tone: "warn",
    href: "/schedule/reserve",
    surface: null,
  };
}

function givenUpText({ led, held, refund }: Told<"hours_given_up">): NoticeText {
  const parts = [
    led > 0 ? `Your bids on ${hoursText(led)} were taken back.` : null,
    held > 0 ? `${hoursText(held)} to come of yours can be taken by anybody.` : null,
    refund === "0" ? null : `${creditsText(refund)} came back for them.`,
  ];
  return {
    title: "Your hours of GPU time were given up",
    body: `The account was disabled. ${parts.filter((part) => part !== null).join(" ")}`,
    tone: "bad",
    href: "/schedule",
    surface: null,
  };
}

function notStartedText(
  content: Told<"session_start_waiting" | "session_not_started">,
  zone: string,
): NoticeText {
  const waits = content.kind === "session_start_waiting";
  const hour = `${content.gpu}, ${hourText(new Date(content.slot), zone)}`;
  return {
    title: `No session ${waits ? "has started yet" : "started"} on ${hour}`,
    body: waits
      ? `${content.reason} It is tried until ${clock(content.until, zone)}.`
      : `You had asked for one. ${content.reason} While your hours last you can launch it yourself.`,
    tone: waits ? "warn" : "bad",
    href: "/home#launch",
    surface: content.exposure,
  };
}

/** What a notice says, in the one place where it is put into words. @param zone IANA name, for times in it */
export function noticeText(content: NoticeContent, zone: string): NoticeText {
  switch (content.kind) {
    case "session_time_limit":
      return {
        title: `Session ${content.slug} reached its time limit`,
        body: "A snapshot of its workspace is taken, then it stops. The workspace stays: launch again to go on.",
        tone: "idle",
        ...pageOf(content),
      };
    case "session_hours_used_up":
      return {
        title: `Session ${content.slug} used up this week's GPU-hours`,
        body: "A snapshot of its workspace is taken, then it stops. The workspace stays: launch again next week.",
        tone: "idle",
        ...pageOf(content),
      };
    case "session_hour_ended":
      return {
        title: `Session ${content.slug} reached the end of its hours`,
        body: "Its GPU is for whoever holds the next hour. A snapshot of its workspace is taken, then it stops. The workspace stays: launch again in an hour that you hold, or on a GPU that is free.",
        tone: "idle",
        ...pageOf(content),
      };
    case "session_failed":
      return {
        title: `Session ${content.slug} failed`,
        body: `${content.reason} The workspace is kept.`,
        tone: "bad",
        ...pageOf(content),
      };
    case "session_ending":
      return {
        title: `Session ${content.slug} stops at ${clock(content.stopsAt, zone)}`,
        body: "Its time limit ends it, after a snapshot of the workspace. Save what is only in memory.",
        tone: "warn",
        ...pageOf(content),
      };
    case "session_hours_ending":
      return {
        title: `Session ${content.slug} stops at ${clock(content.stopsAt, zone)}`,
        body: "This week's GPU-hours are used up then. It ends after a snapshot of the workspace: save what is only in memory.",
        tone: "warn",
        ...pageOf(content),
      };
    case "session_hour_ending":
      return {
        title: `Session ${content.slug} stops at ${clock(content.stopsAt, zone)}`,
        body: `In ${minutesText(content.minutes)} it has to leave its GPU, and ends after a snapshot of the workspace: save what is only in memory. ${nextHourText(content)}`,
        tone: content.minutes <= 1 ? "bad" : "warn",
        ...pageOf(content),
      };
    case "session_started":
      return {
        title: `Session ${content.slug} started by itself`,
        body: `As you had asked: on ${content.gpu}, when your hour began.`,
        tone: "ok",
        ...pageOf(content),
      };
    case "session_start_waiting":
    case "session_not_started":
      return notStartedText(content, zone);
    case "session_restarted":
      return restartedText(content);
    case "workspace_filling":
      return fillingText(content);
    case "account_changed":
      return accountText(content);
    case "node_unreachable":
      return {
        title: `GPU host ${content.node} does not answer`,
        body: `Not since ${clock(content.since, zone)}. Its sessions are left as they are, and nothing new starts there. On the host, ./medforge doctor says what is wrong.`,
        tone: "bad",
        ...hosts,
      };
    case "node_back":
      return {
        title: `GPU host ${content.node} answers again`,
        body: `It had not since ${clock(content.since, zone)}.`,
        tone: "ok",
        ...hosts,
      };
    case "session_isolation_broken":
      return {
        title: `Session ${content.slug} is not isolated as it should be`,
        body: content.finding,
        tone: "bad",
        ...pageOf(content),
      };
    case "ledger_mismatch":
      return {
        title:
          content.username === null
            ? "The ledger has a mistake"
            : `An account of ${content.username} is frozen`,
        body: `${content.finding} ./medforge ledger verify on the host lists all that it finds.`,
        tone: "bad",
        href: "/admin/users",
        surface: null,
      };
    case "submission_rejected":
    case "submission_failed":
    case "submission_scored":
    case "private_revealed":
    case "evaluation_scored":
    case "scoring_failed":
      return competitionNoticeText(content);
    case "slots_outbid":
      return outbidText(content, zone);
    case "week_turned":
      return turnedText(content, zone);
    case "reservation_cancelled":
      return cancelledText(content, zone);
    case "reservation_hours_lost":
      return hoursLostText(content, zone);
    case "hours_given_up":
      return givenUpText(content);
    default:
      return assertNever(content);
  }
}
