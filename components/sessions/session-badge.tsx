import { StateBadge } from "@/components/ui/state-badge";
import type { SessionView } from "@/lib/sessions/model";
import { isActive, sessionStateLook } from "./state";

/** The session's state; a condition that holds it up shows in the tone, and in words where there is room. */
export function SessionBadge({ session }: { session: SessionView }) {
  const { label, tone } = sessionStateLook[session.state];
  return <StateBadge tone={isActive(session) && session.condition ? "warn" : tone}>{label}</StateBadge>;
}
