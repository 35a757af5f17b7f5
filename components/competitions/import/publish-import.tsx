"use client";

import { publishImport } from "@/app/(console)/admin/actions";
import { ConfirmAction } from "@/components/forms/confirm-action";
import { Button } from "@/components/ui/button";
import type { ImportView } from "@/lib/competitions/import-model";
import { useRefresh } from "../use-refresh";

export interface PublishImportProps {
  view: ImportView;
  competition: NonNullable<ImportView["competition"]>;
}

/** Shows what was brought in to those it is for; its baseline is submitted with it. */
export function PublishImport({ view, competition }: PublishImportProps) {
  const refresh = useRefresh();
  const { title, hasBaseline } = competition;
  const baseline = hasBaseline ? " Its baseline is submitted in your name." : "";
  return (
    <ConfirmAction
      title={`Publish ${title}?`}
      description={`Those it is for will see it, take its data and submit. It can be withdrawn; what was downloaded by then stays out.${baseline}`}
      confirm="Publish"
      cancel="Not yet"
      tone="primary"
      done="Published"
      act={async () => {
        const result = await publishImport({ id: view.id });
        if (result.ok) await refresh();
        return result;
      }}
    >
      <Button variant="primary">Publish</Button>
    </ConfirmAction>
  );
}
