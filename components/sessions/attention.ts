import { absoluteText, relativeText } from "@/components/ui/time-text";
import type { SessionView } from "@/lib/sessions/model";
import { isActive } from "./state";

/** A warning this long before a time limit leaves time to save and, if need be, to launch again. */
export const endingSoonMs = 30 * 60_000;
/** Older failures are history, found on the sessions page. */
const failureShownMs = 24 * 60 * 60_000;

export interface Attention {
  readonly slug: string;
  readonly kind: "failed" | "ending" | "condition" | "hours";
  readonly text: string;
}

export function endsSoon(session: SessionView, now: Date): boolean {
  if (session.state !== "RUNNING" || !session.stopsAt) return false;
  return new Date(session.stopsAt).getTime() - now.getTime() <= endingSoonMs;
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
      // Whatever else is wrong must not stand under the hours' heading.
      const kind = session.conditionKind === "hours" ? "hours" : "condition";
      return [{ slug, kind, text: session.condition }];
    }
    if (session.stopsAt && endsSoon(session, now)) {
      const at = new Date(session.stopsAt);
      const when = absoluteText(at, now, zone);
      const text =
        at <= now
          ? `Its time limit passed at ${when}; ${session.workspace.name} is snapshotted, then it stops.`
          : `Ends at ${when} (${relativeText(at, now)}), after a snapshot of ${session.workspace.name}.`;
      return [{ slug, kind: "ending", text }];
    }
    return [];
  });
}
