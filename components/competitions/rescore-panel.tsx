"use client";

import { useQuery, useQueryClient } from "@tanstack/react-query";
import Link from "next/link";
import { useState } from "react";
import { rescoreCompetition } from "@/app/(console)/admin/actions";
import { ConfirmAction } from "@/components/forms/confirm-action";
import { fallbackRefetchMs } from "@/components/live/pages";
import { Button } from "@/components/ui/button";
import { Panel } from "@/components/ui/panel";
import { StateMark } from "@/components/ui/state-badge";
import { api } from "@/lib/api/client";
import type { CompetitionView } from "@/lib/competitions/model";
import { useRefresh } from "./use-refresh";

/** How often one whose queue moves is asked for. ms */
const movingMs = 2_000;

const link = "focus-ring rounded-sm text-link underline underline-offset-4";

/** Scores what another version of the scorer has scored, and says how much of the competition is still to be done. */
export function RescorePanel({ competition }: { competition: CompetitionView }) {
  const { slug, title } = competition;
  const queryClient = useQueryClient();
  const refresh = useRefresh();
  const [queued, setQueued] = useState<number | null>(null);
  const { data } = useQuery(
    api.admin.scoring.queryOptions({
      refetchInterval: ({ state }) =>
        state.data?.data.queues.some(({ competition: of }) => of === slug) ? movingMs : fallbackRefetchMs,
    }),
  );
  if (competition.evaluation === null) return null;
  const queue = data?.data.queues.find((one) => one.competition === slug);
  const left = queue ? queue.queued + queue.retrying + queue.running : 0;
  const failures = data?.data.failures.filter((one) => one.competition === slug).length ?? 0;
  return (
    <Panel title="Scoring">
      <div className="flex flex-wrap items-center justify-between gap-3 text-sm">
        <div className="flex min-w-0 flex-col gap-1 text-muted-foreground">
          <p role="status" className="flex items-center gap-1.5">
            <StateMark tone={left > 0 ? "working" : "ok"} />
            {left > 0 ? `${left} still to be scored` : "Nothing waits to be scored"}
            {queued === 0 ? "; every score is of this version of the scorer already" : null}
          </p>
          {failures > 0 ? (
            <p>
              <Link href="/admin/scoring" className={link}>
                {failures} failed on the lab's side
              </Link>
              , with why.
            </p>
          ) : null}
          <p className="max-w-prose text-xs">
            After an update of the scorer this scores anew what the older one has scored; old scores stand
            until the new ones are there.
          </p>
        </div>
        <ConfirmAction
          title={`Score ${title} anew?`}
          description="Whatever another version of the scorer has scored goes back into the queue, behind what somebody waits for. A submission that the new scorer rejects loses its score."
          confirm="Score anew"
          cancel="Leave it"
          tone="primary"
          done="All scores were looked through"
          act={async () => {
            const result = await rescoreCompetition({ slug });
            if (result.ok) {
              setQueued(result.data.queued);
              await Promise.all([
                refresh(),
                queryClient.invalidateQueries({ queryKey: api.admin.scoring.key() }),
              ]);
            }
            return result;
          }}
        >
          <Button>Score anew</Button>
        </ConfirmAction>
      </div>
    </Panel>
  );
}
