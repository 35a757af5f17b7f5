"use client";

import { useQuery } from "@tanstack/react-query";
import Link from "next/link";
import { publishCompetition, revealCompetition } from "@/app/(console)/admin/actions";
import { ConfirmAction } from "@/components/forms/confirm-action";
import { fallbackRefetchMs } from "@/components/live/pages";
import { Button } from "@/components/ui/button";
import { Notice } from "@/components/ui/notice";
import { PageHeader } from "@/components/ui/page-header";
import { Panel } from "@/components/ui/panel";
import { StateBadge } from "@/components/ui/state-badge";
import {
  Table,
  TableBody,
  TableCell,
  TableHead,
  TableHeader,
  TableRow,
  TableSecondLine,
} from "@/components/ui/table";
import { Time } from "@/components/ui/time";
import { api } from "@/lib/api/client";
import type { CompetitionView, EvaluationView } from "@/lib/competitions/model";
import { AddEvaluation } from "./add-evaluation";
import { ManagedState, managedText } from "./admin-state";
import { CompetitionSettings } from "./competition-settings";
import { InvitesPanel } from "./invites-panel";
import { metricLabel } from "./metrics";
import { RescorePanel } from "./rescore-panel";
import { scoreText } from "./score-text";
import { evaluationLook } from "./state";
import { type InitialCompetition, useCompetition } from "./use-competition";
import { useRefresh } from "./use-refresh";
import { Withdraw } from "./withdraw";

export interface AdminCompetitionPageProps {
  competition: InitialCompetition;
  evaluations: { data: EvaluationView[]; meta: Record<string, never> };
}

/** One competition for whoever runs it: what it is scored by, its settings, publishing and revealing. */
export function AdminCompetitionPage({
  competition: initial,
  evaluations: first,
}: AdminCompetitionPageProps) {
  const competition = useCompetition(initial);
  const { slug } = competition;
  const evaluations = useQuery(
    api.competitions.evaluations.queryOptions({
      input: { slug },
      initialData: first,
      refetchInterval: fallbackRefetchMs,
    }),
  ).data.data;
  const newest = evaluations[0] ?? null;
  const managed = { ...competition, newestEvaluation: newest };
  const text = managedText(managed);
  return (
    <>
      <PageHeader
        parent={{ href: "/admin/competitions", label: "All competitions" }}
        title={competition.title}
        state={<ManagedState competition={managed} />}
        description={<span className="font-mono text-xs">{slug}</span>}
        actions={
          <>
            <Button asChild>
              <Link href={`/competitions/${slug}`}>Open it</Link>
            </Button>
            <Publish competition={competition} />
          </>
        }
      />
      <div className="flex flex-col gap-4">
        {text ? (
          <Notice tone={newest?.state === "CHECKING" ? "working" : "bad"} title={text}>
            {competition.evaluation
              ? `Submissions go on under evaluation ${competition.evaluation.number}.`
              : "Nobody can submit before one is ready."}
          </Notice>
        ) : null}
        <Evaluations evaluations={evaluations} />
        <AddEvaluation slug={slug} isFirst={newest === null} />
        {competition.visibility === "invite" ? <InvitesPanel slug={slug} /> : null}
        <CompetitionSettings competition={competition} />
        <RescorePanel competition={competition} />
        <Reveal competition={competition} />
        <Withdraw competition={competition} />
      </div>
    </>
  );
}

function Publish({ competition }: { competition: CompetitionView }) {
  const refresh = useRefresh();
  if (competition.publishedAt !== null) return null;
  const ready = competition.evaluation !== null;
  const who = competition.visibility === "invite" ? "Those who are invited" : "Everybody with an account";
  return (
    <ConfirmAction
      title={`Publish ${competition.title}?`}
      description={
        ready
          ? `${who} will see it, take its data and submit. It can be withdrawn; what was downloaded by then stays out.`
          : `${who} will see it as soon as an evaluation is ready. It can be withdrawn; what was downloaded by then stays out.`
      }
      confirm="Publish"
      cancel="Not yet"
      tone="primary"
      done="Published"
      act={async () => {
        const result = await publishCompetition({ slug: competition.slug });
        if (result.ok) await refresh();
        return result;
      }}
    >
      <Button variant="primary">Publish</Button>
    </ConfirmAction>
  );
}

function Reveal({ competition }: { competition: CompetitionView }) {
  const refresh = useRefresh();
  const { evaluation } = competition;
  if (!evaluation?.hasPrivate) return null;
  if (competition.revealedAt !== null) {
    return (
      <p className="text-muted-foreground text-xs">
        The private leaderboard of evaluation {evaluation.number} has been open to everybody since{" "}
        <Time value={competition.revealedAt} />. A later evaluation's is closed until it is revealed itself.
      </p>
    );
  }
  return (
    <Panel title="Reveal the private leaderboard" tone="danger">
      <div className="flex flex-wrap items-center justify-between gap-3 text-sm">
        <p className="max-w-prose text-muted-foreground">
          Scores, places and cases of the private split of evaluation {evaluation.number} become everybody's,
          for every submission so far and to come. Nobody can close them again.
        </p>
        <ConfirmAction
          title={`Reveal the private leaderboard of ${competition.title}?`}
          description={
            competition.closesAt === null || Date.parse(competition.closesAt) > Date.now()
              ? "Submissions are still taken: from here on people can tune to the private cases. It can't be taken back."
              : "Everybody sees the final places at once. It can't be taken back."
          }
          confirm="Reveal"
          cancel="Keep it closed"
          done="The private leaderboard is open"
          act={async () => {
            const result = await revealCompetition({ slug: competition.slug, evaluationId: evaluation.id });
            if (result.ok) await refresh();
            return result;
          }}
        >
          <Button variant="danger-outline">Reveal</Button>
        </ConfirmAction>
      </div>
    </Panel>
  );
}

function Evaluations({ evaluations }: { evaluations: readonly EvaluationView[] }) {
  if (evaluations.length === 0) return null;
  return (
    <Panel
      title="Evaluations"
      description="Frozen by their digests; a new one scores every submission anew"
      inset="flush"
    >
      <Table aria-label="Evaluations">
        <TableHeader>
          <tr>
            <TableHead>Number</TableHead>
            <TableHead>State</TableHead>
            <TableHead>Ranked by</TableHead>
            <TableHead numeric>Sample</TableHead>
            <TableHead className="max-md:hidden">Truth</TableHead>
            <TableHead className="max-md:hidden">Added</TableHead>
          </tr>
        </TableHeader>
        <TableBody>
          {evaluations.map((evaluation) => (
            <EvaluationRow key={evaluation.id} evaluation={evaluation} />
          ))}
        </TableBody>
      </Table>
    </Panel>
  );
}

function EvaluationRow({ evaluation }: { evaluation: EvaluationView }) {
  const { number, state, reason, primary, sampleMetrics, digests, createdAt, current, hasPrivate } =
    evaluation;
  const { label, tone } = evaluationLook[state];
  return (
    <TableRow>
      <TableCell className="whitespace-nowrap font-mono text-xs">
        {number}
        {current ? <span className="font-sans text-muted-foreground"> · current</span> : null}
      </TableCell>
      <TableCell className="max-w-96">
        <StateBadge tone={tone}>{label}</StateBadge>
        {reason ? <p className="wrap-anywhere mt-1 text-bad text-xs">{reason}</p> : null}
      </TableCell>
      <TableCell className="whitespace-nowrap">
        {metricLabel(primary.metric)}
        {hasPrivate ? <TableSecondLine>public and private</TableSecondLine> : null}
      </TableCell>
      <TableCell numeric className="font-mono text-xs">
        {scoreText(sampleMetrics?.[primary.metric])}
      </TableCell>
      <TableCell
        className="font-mono text-muted-foreground text-xs max-md:hidden"
        title={digests.truth ?? ""}
      >
        {digests.truth?.slice(0, 12)}…
      </TableCell>
      <TableCell className="whitespace-nowrap max-md:hidden">
        <Time value={createdAt} />
      </TableCell>
    </TableRow>
  );
}
