"use client";

import { PageHeader } from "@/components/ui/page-header";
import { Fact } from "@/components/ui/panel";
import type { CompetitionView, QuotaView } from "@/lib/competitions/model";
import { Deadline, PhaseBadge } from "./closes";
import { CompetitionCommands } from "./competition-commands";
import { directionWords, metricLabel } from "./metrics";
import { CompetitionPicture } from "./picture";
import { scoreText } from "./score-text";
import { taskName } from "./state";
import { CompetitionTabs } from "./tabs";
import { type InitialCompetition, useCompetition } from "./use-competition";

/** Above every part of a competition: what it is, what ranks, until when, and how the viewer stands. */
export function CompetitionHeader({ initial }: { initial: InitialCompetition }) {
  const competition = useCompetition(initial);
  return (
    <>
      <div className="flex items-start gap-4">
        <CompetitionPicture
          competition={competition}
          className="mt-5 w-24 border border-border max-sm:hidden"
        />
        <div className="min-w-0 flex-1">
          <PageHeader
            parent={{ href: "/competitions", label: "Competitions" }}
            title={competition.title}
            state={<PhaseBadge competition={competition} />}
            description={competition.summary === competition.title ? null : competition.summary}
          />
        </div>
      </div>
      <Standing competition={competition} />
      <CompetitionTabs slug={competition.slug} />
      <CompetitionCommands slug={competition.slug} />
    </>
  );
}

function Standing({ competition }: { competition: CompetitionView }) {
  const { primary, mine } = competition;
  return (
    <dl className="mb-4 grid grid-cols-2 gap-x-6 gap-y-3 sm:grid-cols-3 lg:grid-cols-5">
      <Fact label="Task">{taskName(competition.task)}</Fact>
      <Fact label="Ranked by">
        {primary ? (
          <span title={directionWords[primary.direction]}>
            {metricLabel(primary.metric)} {primary.direction === "max" ? "↑" : "↓"}
            <span className="sr-only">, {directionWords[primary.direction]}</span>
          </span>
        ) : (
          "–"
        )}
      </Fact>
      <Fact label="Submissions">
        <Deadline competition={competition} show="relative" />
      </Fact>
      <Fact label="You">
        {mine ? (
          <>
            rank {mine.rank} of {competition.entrants}
            <span className="text-muted-foreground"> · {scoreText(mine.score)}</span>
          </>
        ) : (
          <span className="text-muted-foreground">
            {competition.entrants === 0
              ? "nobody is ranked yet"
              : `not among the ${competition.entrants} ranked`}
          </span>
        )}
      </Fact>
      <Fact label="Left to you" className="max-sm:col-span-2">
        {leftText(competition.quota)}
      </Fact>
    </dl>
  );
}

/** What the limits leave, in words. */
export function leftText({ left, dailyLimit, totalLimit, usedToday, usedInTotal }: QuotaView): string {
  if (left === null) return "no limit";
  const parts = [
    ...(dailyLimit === null ? [] : [`${Math.max(0, dailyLimit - usedToday)} of ${dailyLimit} today`]),
    ...(totalLimit === null ? [] : [`${Math.max(0, totalLimit - usedInTotal)} of ${totalLimit} in all`]),
  ];
  return parts.join(", ");
}
