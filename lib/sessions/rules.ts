import { leaveSeconds } from "@/lib/fleet/leave-model";
import type { RestartCause } from "@/lib/notices/model";
import {
  type ExtensionBound,
  maxTtlMinutes,
  type ProbeView,
  type SessionState,
  type SessionView,
  sshPorts,
  sshUser,
} from "./model";

/** Which state may follow which. Anything else is a lost race or a bug. */
export const transitions = {
  STARTING: ["RUNNING", "STOPPING"],
  RUNNING: ["STARTING", "STOPPING"],
  STOPPING: ["STOPPED", "ERROR"],
  STOPPED: [],
  ERROR: [],
} as const satisfies Record<SessionState, readonly SessionState[]>;

/** The states from which `to` may be reached: the `state IN (…)` of its conditional UPDATE. */
export function statesBefore(to: SessionState): SessionState[] {
  return (Object.keys(transitions) as SessionState[]).filter((from) =>
    (transitions[from] as readonly SessionState[]).includes(to),
  );
}

/** Ports to try, each once, from a start that `random` (0 ≤ random < 1) chooses, so that freed ones rest a while. */
export function portCandidates(used: ReadonlySet<number>, random: number): number[] {
  const count = sshPorts.last - sshPorts.first + 1;
  const start = Math.floor(random * count);
  const candidates = [];
  for (let step = 0; step < count; step++) {
    const port = sshPorts.first + ((start + step) % count);
    if (!used.has(port)) candidates.push(port);
  }
  return candidates;
}

const firstDelayMs = 500;
const longestDelayMs = 30_000;

/** Pause before attempt `attempts + 1`, in ms: half a second at first, doubling up to half a minute. */
export function backoffMs(attempts: number): number {
  return Math.min(firstDelayMs * 2 ** Math.min(attempts, 20), longestDelayMs);
}

export interface EngineIdentity {
  readonly bootId: string | null;
  readonly engineStartedAt: Date | null;
}

/** How far two readings of one engine's start may differ: it is derived from the wall clock. In ms. */
const engineStartToleranceMs = 2_000;

/** Whether both readings are of the same boot and the same run of the engine. */
export function sameEngine(a: EngineIdentity, b: EngineIdentity): boolean {
  if (a.bootId !== b.bootId) return false;
  if (a.engineStartedAt === null || b.engineStartedAt === null)
    return a.engineStartedAt === b.engineStartedAt;
  return Math.abs(a.engineStartedAt.getTime() - b.engineStartedAt.getTime()) <= engineStartToleranceMs;
}

interface ContainerFacts {
  readonly state: "running" | "exited" | "created";
  readonly exitCode: number | null;
  readonly oomKilled: boolean;
  /** False when the file system under /workspace is gone for good; null when the container does not run. */
  readonly workspaceAlive: boolean | null;
}

/** The host as it answered after its containers were listed. */
export interface HostFacts extends EngineIdentity {
  /** Whether the pool that holds the workspaces answers. */
  readonly storageReady: boolean;
}

const workspaceGone =
  "The workspace does not answer: its file system went away. The session is started again once the pool is back.";

/** Why a session is started again: for its owner, and what they must know of their files depends on the cause. */
export interface Restart {
  readonly cause: RestartCause;
  readonly detail: string;
}

type RecoveryVerdict =
  | { readonly verdict: "fine" }
  /** It runs, under an engine that was restarted around it: remember the new one. */
  | { readonly verdict: "adopt" }
  /** Nothing can be done yet; its owner is told. */
  | { readonly verdict: "wait"; readonly condition: string }
  | ({ readonly verdict: "restart" } & Restart)
  | { readonly verdict: "fail"; readonly error: string };

/**
 * What to do with a RUNNING session, given its container as the agent lists it (null: none) and the engine that
 * answered after that list was made. A container that died with its host or engine is restarted, and so is one whose
 * workspace died under it, once the pool is back; one that exited under a live engine has ended by itself.
 */
export function recoveryVerdict(
  startedUnder: EngineIdentity,
  container: ContainerFacts | null,
  now: HostFacts,
): RecoveryVerdict {
  const same = sameEngine(startedUnder, now);
  if (container?.workspaceAlive === false) {
    return now.storageReady
      ? {
          verdict: "restart",
          cause: "workspace",
          detail: "The workspace's file system had gone away. Starting the session again.",
        }
      : { verdict: "wait", condition: workspaceGone };
  }
  if (container?.state === "running") return { verdict: same ? "fine" : "adopt" };
  if (startedUnder.bootId !== now.bootId) {
    return {
      verdict: "restart",
      cause: "host",
      detail: "The GPU host was restarted. Starting the session again.",
    };
  }
  if (!same) {
    return {
      verdict: "restart",
      cause: "engine",
      detail: "The container engine was restarted. Starting the session again.",
    };
  }
  return { verdict: "fail", error: exitText(container) };
}

/** What became of a container, for its owner. */
export function exitText(container: ContainerFacts | null): string {
  if (!container) return "The session's container was removed from the host.";
  if (container.oomKilled) return "The session ran out of memory and its container was ended.";
  if (container.exitCode === null) return "The session's container ended.";
  return `The session's container ended by itself with exit code ${container.exitCode}.`;
}

/** Name under which ssh remembers the host key: of the workspace, so that a reused port or address never alarms. */
export function hostKeyAlias(workspaceId: string): string {
  return `mf-${workspaceId}`;
}

interface SshTarget {
  readonly slug: string;
  readonly host: string;
  readonly port: number;
  readonly workspaceId: string;
  readonly hostPublicKey: string | null;
}

/** One line to paste into a terminal. */
export function sshCommand({ host, port, workspaceId }: SshTarget): string {
  return `ssh -p ${port} -o HostKeyAlias=${hostKeyAlias(workspaceId)} ${sshUser}@${host}`;
}

/** A `Host` block for ~/.ssh/config. */
export function sshConfig({ slug, host, port, workspaceId }: SshTarget): string {
  return [
    `Host mf-${slug}`,
    `  HostName ${host}`,
    `  Port ${port}`,
    `  User ${sshUser}`,
    `  HostKeyAlias ${hostKeyAlias(workspaceId)}`,
  ].join("\n");
}

/** The line for ~/.ssh/known_hosts; null until the workspace has its key. */
export function knownHosts({ workspaceId, hostPublicKey }: SshTarget): string | null {
  return hostPublicKey === null ? null : `${hostKeyAlias(workspaceId)} ${hostPublicKey}`;
}

/** The line for ~/.ssh/known_hosts that trusts every workspace of a GPU host, by its authority's public key. */
export function certAuthorityLine(publicKey: string): string {
  return `@cert-authority ${hostKeyAlias("*")} ${publicKey}`;
}

/** A `Host` block for ~/.ssh/config that fits all sessions, above which each may have its own. */
export function sshConfigForAll(host: string): string {
  return [
    `Host ${hostKeyAlias("*")}`,
    `  HostName ${host}`,
    `  User ${sshUser}`,
    "  StrictHostKeyChecking yes",
  ].join("\n");
}

interface Isolation {
  readonly ok: boolean;
  readonly refused: number;
  readonly reached: number;
  /** What was reached and must not be. */
  readonly leaks: readonly string[];
  /** A condition for the session's owner; null while isolation holds. */
  readonly fault: string | null;
}

/**
 * What a run of probes says. What should be reached and isn't breaks nothing: a host may be without internet. No probes
 * at all prove nothing.
 */
export function isolationOf(probes: readonly ProbeView[]): Isolation {
  const fenced = probes.filter(({ expectation }) => expectation === "refused");
  const leaks = fenced.filter(({ outcome }) => outcome === "reached").map(({ target }) => target);
  const unproved = fenced.length === 0 ? "Isolation is not proved: nothing was tried." : null;
  const fault = leaks.length > 0 ? `Isolation is broken: reached ${leaks.join(", ")}.` : unproved;
  return {
    ok: fault === null,
    refused: fenced.length - leaks.length,
    reached: probes.filter(({ outcome }) => outcome === "reached").length,
    leaks,
    fault,
  };
}

const minuteMs = 60_000;
/** So long before they are used up, sessions are told and given that end. ms */
export const hoursWarningMs = 30 * minuteMs;

interface PlannedSession {
  readonly runningAt: Date | null;
  readonly ttlMinutes: number | null;
}

/** When its own time limit ends it; null without one, or while it has not run. */
export function plannedEnd({ runningAt, ttlMinutes }: PlannedSession): Date | null {
  if (runningAt === null || ttlMinutes === null) return null;
  return new Date(runningAt.getTime() + ttlMinutes * minuteMs);
}

/** When a running session has to end, and whether for want of GPU-hours rather than by its own limit. */
export function sessionEnd(
  session: PlannedSession,
  hours: Date | null,
  now: Date,
): { stopsAt: Date | null; endsWithHours: boolean } {
  const planned = plannedEnd(session);
  const near = hours !== null && hours.getTime() - now.getTime() <= hoursWarningMs;
  if (near && (planned === null || hours < planned)) return { stopsAt: hours, endsWithHours: true };
  return { stopsAt: planned, endsWithHours: false };
}

/** When a session has to be gone whose hours end at an instant. */
export function leavesAt(heldUntil: Date): Date {
  return new Date(heldUntil.getTime() - leaveSeconds * 1000);
}

/** So long before its hours end a session's owner is told, the last first. minutes */
const hourMarks = [1, 10, 30] as const;

/**
 * Which of the marks before its end has come last, and how much is left, in minutes: less than the mark where the session
 * began, or its hours changed, after it. Null before the first mark, and once it has ended.
 */
export function hourMarkOf(end: Date, now: Date): { mark: (typeof hourMarks)[number]; left: number } | null {
  const leftMs = end.getTime() - now.getTime();
  if (leftMs <= 0) return null;
  const mark = hourMarks.find((each) => leftMs <= each * minuteMs);
  return mark === undefined ? null : { mark, left: Math.max(1, Math.round(leftMs / minuteMs)) };
}

/** What may end a session, as its row has it: `endsAt` is the sooner of `stopsAt` and the end of the hours held of its GPU. */
export interface Ends {
  readonly endsAt: Date | null;
  readonly stopsAt: Date | null;
  readonly endsWithHours: boolean;
}

/** When the first of what may end it does, and what that is. */
export function endOf(session: Ends): { stopsAt: Date | null; endsBy: SessionView["endsBy"] } {
  const { endsAt, stopsAt, endsWithHours } = session;
  if (endsAt === null) return { stopsAt: null, endsBy: null };
  if (stopsAt === null || endsAt < stopsAt) return { stopsAt: endsAt, endsBy: "held_hours" };
  return { stopsAt: endsAt, endsBy: endsWithHours ? "gpu_hours" : "time_limit" };
}

/**
 * By how much a session with a time limit may be extended, and what is in the way of more.
 * @param owner what they may use: `leaves` is when the hours held of the session's GPU end it
 */
export function extensionOf(
  session: { runningAt: Date | null; ttlMinutes: number },
  owner: { maxDurationMinutes: number | null; hours: Date | null; leaves: Date | null },
  now: Date,
): { minutes: number; boundBy: ExtensionBound } {
  const longest = owner.maxDurationMinutes ?? maxTtlMinutes;
  const byDuration = Math.max(0, longest - session.ttlMinutes);
  const begins = session.runningAt ?? now;
  const ends = begins.getTime() + session.ttlMinutes * minuteMs;
  const until = (end: Date | null) =>
    end === null ? Number.POSITIVE_INFINITY : Math.max(0, Math.floor((end.getTime() - ends) / minuteMs));
  const [byHours, byHeld] = [until(owner.hours), until(owner.leaves)];
  if (byHeld < Math.min(byHours, byDuration)) return { minutes: byHeld, boundBy: "held_hours" };
  if (byHours < byDuration) return { minutes: byHours, boundBy: "gpu_hours" };
  return { minutes: byDuration, boundBy: owner.maxDurationMinutes === null ? "longest" : "duration" };
}

/**
 * What a session that ends for want of GPU-hours says of itself, unless the hours held of its GPU end it sooner; when that
 * is, `stopsAt` says in whatever zone is read.
 */
export function hoursCondition(session: Ends & { state: SessionState }): string | null {
  if (session.state !== "RUNNING" || endOf(session).endsBy !== "gpu_hours") return null;
  return "The week's GPU-hours are nearly used up; when they are, it is snapshotted and stopped.";
}
