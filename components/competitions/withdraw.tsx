"use client";

import { withdrawCompetition } from "@/app/(console)/admin/actions";
import { ConfirmAction } from "@/components/forms/confirm-action";
import { Button } from "@/components/ui/button";
import { Panel } from "@/components/ui/panel";
import type { CompetitionView } from "@/lib/competitions/model";
import { useRefresh } from "./use-refresh";

/** Takes a published competition back from those who see it; nothing of one that is not. */
export function Withdraw({ competition }: { competition: CompetitionView }) {
  const refresh = useRefresh();
  const { slug, title, publishedAt } = competition;
  if (publishedAt === null) return null;
  return (
    <Panel title="Withdraw the competition" tone="danger">
      <div className="flex flex-wrap items-center justify-between gap-3 text-sm">
        <p className="max-w-prose text-muted-foreground">
          Only administrators see it then, its data and boards too, and nobody can submit. Submissions, scores
          and boards are kept, and it can be published again. What was downloaded by then is out.
        </p>
        <ConfirmAction
          title={`Withdraw ${title}?`}
          description="Everybody but administrators loses sight of it at once. Data that were downloaded can't be called back."
          confirm="Withdraw"
          cancel="Leave it"
          done="Only administrators see it now"
          act={async () => {
            const result = await withdrawCompetition({ slug });
            if (result.ok) await refresh();
            return result;
          }}
        >
          <Button variant="danger-outline">Withdraw</Button>
        </ConfirmAction>
      </div>
    </Panel>
  );
}
