import { Badge } from "@/components/ui/badge";
import { StateBadge } from "@/components/ui/state-badge";
import type { ManagedCompetition } from "@/lib/competitions/admin-model";
import { PhaseBadge } from "./closes";
import { evaluationLook } from "./state";

type Managed = Pick<
  ManagedCompetition,
  "publishedAt" | "opensAt" | "closesAt" | "revealedAt" | "newestEvaluation" | "visibility"
>;

/** Whether it can be shown: it is published, and has an evaluation that was found to be right. */
export function ManagedState({ competition }: { competition: Managed }) {
  const { newestEvaluation, revealedAt } = competition;
  const look = newestEvaluation ? evaluationLook[newestEvaluation.state] : null;
  return (
    <span className="inline-flex flex-wrap gap-1.5">
      <PhaseBadge competition={competition} />
      {look === null ? <StateBadge tone="warn">No evaluation</StateBadge> : null}
      {look && newestEvaluation?.state !== "READY" ? (
        <StateBadge tone={look.tone}>{look.label}</StateBadge>
      ) : null}
      {revealedAt ? <Badge tone="outline">revealed</Badge> : null}
    </span>
  );
}

/** What holds it up, in a sentence; null when nothing does. */
export function managedText({ newestEvaluation: newest }: Managed): string | null {
  if (newest === null) return "It has no evaluation yet: what scores it is still to be uploaded.";
  if (newest.state === "CHECKING")
    return `Evaluation ${newest.number} is being checked: its truth, its metrics and the sample.`;
  return newest.state === "REFUSED"
    ? `Evaluation ${newest.number} was refused: ${newest.reason ?? "no reason"}`
    : null;
}
