import { absoluteText, zonedParts } from "@/lib/kernel/zoned-time";
import type { MetricValues, QuotaView, Ranking, ScoringState, Split, Visibility } from "./model";

/** Which states a scoring may go on to. */
export const scoringTransitions = {
  QUEUED: ["SCORING"],
  SCORING: ["SCORED", "REJECTED", "FAILED", "QUEUED"],
  // Of another version of the scorer: its verdict stands until the new one is there.
  SCORED: ["QUEUED"],
  REJECTED: ["QUEUED"],
  // An admin asks for another try.
  FAILED: ["QUEUED"],
} as const satisfies Readonly<Record<ScoringState, readonly ScoringState[]>>;
/** What a claimed scoring may become. */
export type AfterScoring = (typeof scoringTransitions)["SCORING"][number];

/** Submissions of one person to one competition that may wait for their verdicts at once, whatever its limits. */
export const mostWaiting = 20;

interface Seen {
  readonly visibility: Visibility;
  readonly publishedAt: Date | null;
  readonly currentEvaluationId: number | null;
}

/** Whether somebody who is no admin may see a competition of an exposure that they may use. */
export function isVisible(competition: Seen, invited: boolean): boolean {
  if (competition.publishedAt === null || competition.currentEvaluationId === null) return false;
  return competition.visibility === "public" || invited;
}

/** Whether an evaluation that is READY may not take the place of the one in force before an administrator says so. */
export function mustWait(
  { publishedAt, currentEvaluationId }: Pick<Seen, "publishedAt" | "currentEvaluationId">,
  { waits }: { readonly waits: boolean },
): boolean {
  return waits && publishedAt !== null && currentEvaluationId !== null;
}

/** Why nothing may be submitted at `now`, as one sentence; null while it may. @param zone of the time in it */
export function closedReason(
  { opensAt, closesAt }: { opensAt: Date | null; closesAt: Date | null },
  now: Date,
  zone: string,
): string | null {
  if (opensAt && now < opensAt) return `Submissions open at ${absoluteText(opensAt, now, zone)}.`;
  if (closesAt && now >= closesAt) return `Submissions closed at ${absoluteText(closesAt, now, zone)}.`;
  return null;
}

/** The calendar day of an instant in the lab's zone, as `2026-11-30`: what a daily limit counts by. */
export function localDay(at: Date, zone: string): string {
  const { year, month, day } = zonedParts(at, zone);
  const two = (part: number) => String(part).padStart(2, "0");
  return `${String(year).padStart(4, "0")}-${two(month)}-${two(day)}`;
}

export interface Limits {
  readonly dailyLimit: number | null;
  readonly totalLimit: number | null;
}

/** What is left of somebody's limits, given the submissions that count. */
export function quotaLeft(limits: Limits, usedToday: number, usedInTotal: number): QuotaView {
  const lefts = [
    ...(limits.dailyLimit === null ? [] : [limits.dailyLimit - usedToday]),
    ...(limits.totalLimit === null ? [] : [limits.totalLimit - usedInTotal]),
  ];
  const left = lefts.length === 0 ? null : Math.max(0, Math.min(...lefts));
  return { dailyLimit: limits.dailyLimit, totalLimit: limits.totalLimit, usedToday, usedInTotal, left };
}

/** How long these take depends on where the truth lies: distances are made of boxes around it, matches of what is near. */
const timeTells: ReadonlySet<string> = new Set(["boxes", "masks"]);

/** Whether a scoring's time would say something of a split that nobody may see yet. */
export function hidesTime(scoring: {
  readonly task: string;
  readonly hasPrivate: boolean | null;
  readonly revealedAt: Date | null;
}): boolean {
  return timeTells.has(scoring.task) && scoring.hasPrivate !== false && scoring.revealedAt === null;
}

const shortestToldMs = 500;

/** The next of 500, 1000, 2000, … ms: as long is a scoring made to take whose own time is to say little. */
export function coarseMs(tookMs: number): number {
  return shortestToldMs * 2 ** Math.max(0, Math.ceil(Math.log2(tookMs / shortestToldMs)));
}

/** Whether the private split may be shown: to admins always, to others once it is revealed. */
export function seesPrivate(revealedAt: Date | null, isAdmin: boolean): boolean {
  return isAdmin || revealedAt !== null;
}

/**
 * The round in which a new scoring of somebody's is to be served: users of a competition take turns, and nobody's second
 * waits before everybody else's first. Start-time fair queueing (Goyal, Vin, Cheng 1996) with scorings of equal weight:
 * whoever comes anew joins the round that is being served, so that having been away saves nothing up.
 * @param lastOfTheirs the highest turn of what they have waiting or running; null: nothing
 * @param served the lowest turn that waits in the competition; null: nothing waits
 */
export function nextTurn(lastOfTheirs: number | null, served: number | null): number {
  return Math.max(lastOfTheirs === null ? 0 : lastOfTheirs + 1, served ?? 0);
}

export interface WaitingQueue {
  readonly competitionId: number;
  /** Whether its first one waits only because the evaluation is new. */
  readonly rescoring: boolean;
  readonly running: number;
  /** ISO 8601 with microseconds; null: never. */
  readonly servedAt: string | null;
}

/**
 * Among competitions: those with a submission that somebody waits for, of these the one with the fewest scorings running,
 * of these the one that was served longest ago, then the older one. One contest can thus hold up another for no longer
 * than one scoring.
 */
export function byFairness(a: WaitingQueue, b: WaitingQueue): number {
  return (
    Number(a.rescoring) - Number(b.rescoring) ||
    a.running - b.running ||
    compareText(a.servedAt ?? "", b.servedAt ?? "") ||
    a.competitionId - b.competitionId
  );
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}

/** A scoring that fails so often is failed for good: an admin looks at it. */
export const maxFailures = 4;
/** The same for claims that ran out, counted apart: a worker that was killed proves little, one that dies each time does. */
export const maxLostClaims = 8;
/** The same for a bound of time or memory: a busy machine may be to blame once, but it is the same for everybody. */
export const boundTries = 2;
/** The columns of a scoring that has all its tries before it. */
export const untried = { attempts: 0, failures: 0, overBounds: 0 } as const;
const firstRetryMs = 1_000;

/** How long a scoring waits to which something happened for the `attempts`th time, in ms; null: it is given up. */
export function retryAfterMs(attempts: number, atMost: number): number | null {
  return attempts >= atMost ? null : firstRetryMs * 4 ** Math.min(attempts - 1, 3);
}

const signBit = 1n << 63n;
const allBits = (1n << 64n) - 1n;

/**
 * The bits of a finite double so that, as unsigned integers, a smaller one means a better value; -0 and 0 are equal. Worse
 * than all is null, whose bits would be a NaN's.
 */
function rankBits(value: number | null, direction: Ranking["direction"]): bigint {
  if (value === null) return allBits;
  if (!Number.isFinite(value)) throw new RangeError(`No place on a board for ${value}.`);
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, value === 0 ? 0 : value);
  const bits = view.getBigUint64(0);
  const ascending = bits >= signBit ? ~bits & allBits : bits | signBit;
  return direction === "min" ? ascending : ~ascending & allBits;
}

/** Microseconds since 1970 of an instant such as `2026-11-30T09:43:00.000001Z`. */
export function microsOf(instant: string): bigint {
  const match = /^(.{19})\.(\d{6})Z$/.exec(instant);
  const seconds = Date.parse(`${match?.[1]}Z`);
  if (match === null || Number.isNaN(seconds))
    throw new RangeError(`Not an instant with microseconds: ${instant}`);
  return BigInt(seconds) * 1_000n + BigInt(match[2] ?? "");
}

interface Ranked {
  readonly primary: Ranking;
  readonly tieBreak: readonly Ranking[];
}

export interface Contender {
  readonly submissionId: number;
  /** ISO 8601 with microseconds. */
  readonly acceptedAt: string;
  /** Of one split. */
  readonly metrics: MetricValues | null;
}

/**
 * A contender's place as bytes, compared one by one: primary metric, tie-break metrics, acceptance, numeric id, each in
 * eight bytes from the highest. Null for whoever has no place: the split is not there, or the primary metric undefined.
 */
export function orderKey({ primary, tieBreak }: Ranked, contender: Contender): Uint8Array | null {
  const { metrics } = contender;
  if (metrics === null || (metrics[primary.metric] ?? null) === null) return null;
  const rankings = [primary, ...tieBreak];
  const key = new DataView(new ArrayBuffer(8 * (rankings.length + 2)));
  for (const [index, { metric, direction }] of rankings.entries()) {
    key.setBigUint64(8 * index, rankBits(metrics[metric] ?? null, direction));
  }
  key.setBigUint64(8 * rankings.length, microsOf(contender.acceptedAt));
  key.setBigUint64(8 * (rankings.length + 1), BigInt(contender.submissionId));
  return new Uint8Array(key.buffer);
}

/** Byte by byte, as MariaDB compares them; of one evaluation all are of one length. */
export function compareKeys(a: Uint8Array, b: Uint8Array): number {
  const at = a.findIndex((byte, index) => byte !== b[index]);
  return at < 0 ? a.length - b.length : (a[at] ?? 0) - (b[at] ?? 0);
}

/** The best of several, with its key; null when none has a place. */
export function bestOf<C extends Contender>(
  ranked: Ranked,
  contenders: readonly C[],
): { contender: C; key: Uint8Array } | null {
  let best: { contender: C; key: Uint8Array } | null = null;
  for (const contender of contenders) {
    const key = orderKey(ranked, contender);
    if (key !== null && (best === null || compareKeys(key, best.key) < 0)) best = { contender, key };
  }
  return best;
}

/** Metrics that the truth leaves undefined on a split that it has, such as an AUC where one class is missing. */
export function undefinedMetrics(metrics: Readonly<Record<Split, MetricValues | null>>): string[] {
  return (["public", "private"] as const).flatMap((split) =>
    Object.entries(metrics[split] ?? {})
      .filter(([, value]) => value === null)
      .map(([name]) => `${name} (${split})`),
  );
}
