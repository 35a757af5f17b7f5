import type { ThrottleLimit } from "@/lib/auth/tunables";

/** A sample stands for a minute: whoever reports ten times as often is heard, and weighs no more. */
export const reportsPerMonitor: ThrottleLimit = { attempts: 60, windowSeconds: 60 };
/** How far a host's clock may be off before what it reports is refused: old reports, sent late, would count as now. ms */
export const mostSkewMs = 2 * 60_000;
/** Different people in one hour of one GPU; more of them are somebody's invention. */
export const mostPeople = 64;
/** Monitors of one host: some for each kind of program, and bounded. */
export const maxMonitorsPerNode = 20;
/** How long after it was last seen somebody counts as there: a monitor looks once a minute. ms */
export const seenNowMs = 75_000;
/** How long an answer of the live view is given again: anybody may ask for it, as often as they like. ms */
export const liveAnswerMs = 2_000;
/** Hours that one transaction closes, or condenses. */
export const hoursAtOnce = 200;
