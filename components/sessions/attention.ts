import { relativeText } from "@/components/ui/time-text";
import { absoluteText } from "@/lib/kernel/zoned-time";
import type { SessionView } from "@/lib/sessions/model";
import { isActive } from "./state";

/** A warning this long before a time limit leaves time to save and, if need be, to launch again. */
export const endingSoonMs = 30 * 60_000;
/** Older failures are history, found on the sessions page. */
const failureShownMs = 24 * 60 * 60_000;

export interface Attention {
  readonly slug: string;
  readonly kind: "failed" | "ending" | "isolation" | "condition" | "hours";
  readonly text: string;
}

export function endsSoon(session: SessionView, now: Date): boolean {
  if (session.state !== "RUNNING" || !session.stopsAt) return false;
  return new Date(session.stopsAt).getTime() - now.getTime() <= endingSoonMs;
}

/** "14:12 EST (in 12 min)" */
function whenText(at: Date, now: Date, zone: string): string {
  return `${absoluteText(at, now, zone)} (${relativeText(at, now)})`;
}

function endText({ stopsAt }: SessionView, now: Date, zone: string): string {
  return stopsAt === null ? "" : ` Ends at ${whenText(new Date(stopsAt), now, zone)}.`;
}

function passedWords({ endsBy }: SessionView): string {
  return endsBy === "held_hours" ? "Its hours on the GPU ended" : "Its time limit passed";
}

/** Under which heading a condition stands: the gravest of what it tells, as on the session's page. */
function conditionKindOf({ isolation, conditionKind }: SessionView): "isolation" | "condition" | "hours" {
  if (isolation?.ok === false) return "isolation";
  return conditionKind === "hours" ? "hours" : "condition";
}

/** What of one's own sessions needs a look: failures without a later launch, conditions, ends that are near. */
export function needsAttention(sessions: readonly SessionView[], now: Date, zone: string): Attention[] {
  return sessions.flatMap((session): Attention[] => {
    const { slug } = session;
    if (session.state === "ERROR") {
      const ended = new Date(session.endedAt ?? session.createdAt);
      const relaunched = sessions.some(
        (other) => other.workspace.id === session.workspace.id && other.createdAt > session.createdAt,
      );
      if (relaunched || now.getTime() - ended.getTime() > failureShownMs) return [];
      return [{ slug, kind: "failed", text: session.error ?? "It failed without giving a reason." }];
    }
    if (isActive(session) && session.condition) {
      const kind = conditionKindOf(session);
      const ends = kind === "hours" ? endText(session, now, zone) : "";
      return [{ slug, kind, text: `${session.condition}${ends}` }];
    }
    if (session.stopsAt && endsSoon(session, now)) {
      const at = new Date(session.stopsAt);
      const text =
        at <= now
          ? `${passedWords(session)} at ${absoluteText(at, now, zone)}; ${session.workspace.name} is snapshotted, then it stops.`
          : `Ends at ${whenText(at, now, zone)}, after a snapshot of ${session.workspace.name}.`;
      return [{ slug, kind: "ending", text }];
    }
    return [];
  });
}
