import type { SessionEventKind, StopReason } from "@/lib/sessions/model";
import { sshPorts } from "@/lib/sessions/model";

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;
/** How far back the history goes. */
const historyDays = 84;
/** It ends a little before now, so that nothing invented seems to be going on. */
const quietMs = 2 * hourMs;

/** A small generator with a seed (mulberry32): the same lab every time, so that screenshots can be compared. */
export function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

export interface PastEvent {
  kind: SessionEventKind;
  detail: string;
  at: Date;
}

export interface PastSession {
  /** Index into the GPUs and workspaces that were given. */
  gpu: number;
  workspace: number;
  sshPort: number;
  ttlMinutes: number | null;
  createdAt: Date;
  /** Null when it never ran. */
  runningAt: Date | null;
  endedAt: Date;
  stopReason: StopReason;
  error: string | null;
  events: PastEvent[];
}

type Outcome = "user" | "time_limit" | "exited" | "start_failed";

function outcomeOf(roll: number): Outcome {
  if (roll < 0.72) return "user";
  if (roll < 0.95) return "time_limit";
  return roll < 0.98 ? "exited" : "start_failed";
}

const outOfMemory = "The session ran out of memory and its container was ended.";
const noSpace =
  "The pool that holds the workspaces is full: free space or destroy a workspace, then launch again.";

/** The times and reasons of one session that began at `start`. */
function pastSession(
  random: () => number,
  slot: { gpu: number; workspace: number; start: number; workspaceName: string },
): PastSession {
  const outcome = outcomeOf(random());
  const hours = Math.round(2 * (0.5 + 20 * random() ** 3)) / 2;
  const runningAt =
    outcome === "start_failed" ? null : new Date(slot.start + 700 + Math.floor(random() * 600));
  const length = runningAt ? hours * hourMs : 4_000;
  const endedAt = new Date(slot.start + length + 1_500);
  const error = outcome === "exited" ? outOfMemory : outcome === "start_failed" ? noSpace : null;
  const sshPort = sshPorts.first + Math.floor(random() * (sshPorts.last - sshPorts.first + 1));
  const session: Omit<PastSession, "events"> = {
    gpu: slot.gpu,
    workspace: slot.workspace,
    sshPort,
    ttlMinutes: outcome === "time_limit" ? hours * 60 : null,
    createdAt: new Date(slot.start),
    runningAt,
    endedAt,
    stopReason: outcome,
    error,
  };
  return { ...session, events: eventsOf(session, slot.workspaceName) };
}

function eventsOf(session: Omit<PastSession, "events">, workspaceName: string): PastEvent[] {
  const { createdAt, runningAt, endedAt, stopReason, error, sshPort } = session;
  const after = (from: Date, ms: number) => new Date(from.getTime() + ms);
  const launch = `Launch with workspace "${workspaceName}", port ${sshPort}.`;
  const begun: PastEvent[] = [{ kind: "requested", detail: launch, at: createdAt }];
  if (!runningAt) return [...begun, { kind: "failed", detail: error ?? "", at: endedAt }];
  const ran: PastEvent[] = [
    { kind: "workspace_ready", detail: `Workspace "${workspaceName}" is ready.`, at: after(createdAt, 90) },
    {
      kind: "container_started",
      detail: `Container started, SSH on port ${sshPort}.`,
      at: after(createdAt, 520),
    },
    { kind: "running", detail: "SSH answers with the workspace's host key. Ready.", at: runningAt },
  ];
  const asked = stopReason === "time_limit" ? "The time limit was reached." : "Stop asked for.";
  const ending: PastEvent = error
    ? { kind: "failed", detail: error, at: after(endedAt, -1_400) }
    : { kind: "stop_requested", detail: asked, at: after(endedAt, -1_400) };
  const snapshot: PastEvent = {
    kind: "snapshot_taken",
    detail: `Snapshot of workspace "${workspaceName}" taken.`,
    at: after(endedAt, -300),
  };
  const stopped: PastEvent = {
    kind: "stopped",
    detail: "Container removed; GPU and port are free again.",
    at: endedAt,
  };
  return [...begun, ...ran, ending, snapshot, stopped];
}

/** Nights and weekends are quieter: how much longer a GPU waits for its next user, as a factor. */
function quietness(at: Date): number {
  const weekend = at.getUTCDay() === 0 || at.getUTCDay() === 6 ? 4 : 1;
  const night = at.getUTCHours() < 7 || at.getUTCHours() > 20 ? 3 : 1;
  return weekend * night;
}

/**
 * Months of sessions that could have happened: one at a time on each GPU and in each workspace.
 * @param workspaces their names
 */
export function inventHistory(
  gpuCount: number,
  workspaces: readonly string[],
  now: Date,
  random: () => number,
): PastSession[] {
  const sessions: PastSession[] = [];
  const busyUntil = workspaces.map(() => 0);
  const end = now.getTime() - quietMs;
  for (let gpu = 0; gpu < gpuCount; gpu++) {
    let at = now.getTime() - historyDays * dayMs + random() * dayMs;
    for (;;) {
      at += (0.5 + 6 * random()) * hourMs * quietness(new Date(at));
      // Also where no workspace is ever free.
      if (at > end) break;
      const start = at;
      const free = workspaces.map((_name, index) => index).filter((index) => (busyUntil[index] ?? 0) < start);
      const workspace = free[Math.floor(random() * free.length)];
      if (workspace === undefined) continue;
      const slot = { gpu, workspace, start: Math.floor(start), workspaceName: workspaces[workspace] ?? "" };
      const session = pastSession(random, slot);
      if (session.endedAt.getTime() > end) break;
      busyUntil[workspace] = session.endedAt.getTime() + minuteMs;
      at = session.endedAt.getTime();
      sessions.push(session);
    }
  }
  return sessions.sort((a, b) => a.createdAt.getTime() - b.createdAt.getTime());
}
