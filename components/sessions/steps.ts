import { zonedParts } from "@/lib/kernel/zoned-time";
import type { SessionEventKind, SessionEventView, SessionView } from "@/lib/sessions/model";

export type StepState = "done" | "current" | "todo" | "failed";

export interface Step {
  readonly kind: SessionEventKind;
  readonly label: string;
  readonly state: StepState;
  /** How long it took, or has taken so far; null before it began. */
  readonly elapsedMs: number | null;
}

const startSteps: readonly { kind: SessionEventKind; label: string }[] = [
  { kind: "requested", label: "GPU and port reserved" },
  { kind: "workspace_ready", label: "Workspace mounted" },
  { kind: "container_started", label: "Container started" },
  { kind: "running", label: "SSH answers with its host key" },
];

const ms = (iso: string) => new Date(iso).getTime();

/** The events of the start that is under way, or was last: after a host restart the steps run once more. */
function lastStart(events: readonly SessionEventView[]): readonly SessionEventView[] {
  const restart = events.findLastIndex((event) => event.kind === "restarting");
  return restart < 0 ? events : events.slice(restart);
}

/**
 * The start as four steps with what each took. The first step's clock begins when the session was asked for,
 * every other's when the one before it was done.
 */
export function stepsOf(session: SessionView, events: readonly SessionEventView[], now: Date): Step[] {
  const start = lastStart(events);
  const failed = session.error !== null;
  let since = start[0]?.kind === "restarting" ? ms(start[0].at) : ms(session.createdAt);
  let reached = true;
  return startSteps.map(({ kind, label }): Step => {
    const event = start.find((candidate) => candidate.kind === kind);
    const implied = kind === "requested" && start[0]?.kind === "restarting";
    if (event || implied) {
      const at = event ? ms(event.at) : since;
      const step: Step = { kind, label, state: "done", elapsedMs: Math.max(0, at - since) };
      since = at;
      return step;
    }
    if (!reached) return { kind, label, state: "todo", elapsedMs: null };
    reached = false;
    if (failed) return { kind, label, state: "failed", elapsedMs: null };
    if (session.state !== "STARTING") return { kind, label, state: "todo", elapsedMs: null };
    return { kind, label, state: "current", elapsedMs: Math.max(0, now.getTime() - since) };
  });
}

export interface TimelineEntry {
  readonly event: SessionEventView;
  /** Since the event before it; null for the first. */
  readonly sinceMs: number | null;
  /** True when no earlier entry is of the same day in the lab's zone. */
  readonly newDay: boolean;
}

/** Oldest first, each with the time since the one before. */
export function timeline(events: readonly SessionEventView[], zone: string): TimelineEntry[] {
  const dayOf = (event: SessionEventView) => {
    const { year, month, day } = zonedParts(new Date(event.at), zone);
    return `${year}-${month}-${day}`;
  };
  return events.map((event, index) => {
    const before = events[index - 1];
    return {
      event,
      sinceMs: before ? Math.max(0, ms(event.at) - ms(before.at)) : null,
      newDay: !before || dayOf(before) !== dayOf(event),
    };
  });
}
