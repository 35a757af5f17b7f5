"use client";

import { useId, useState } from "react";
import { confirmImport } from "@/app/(console)/admin/actions";
import { ConfirmAction } from "@/components/forms/confirm-action";
import { Button } from "@/components/ui/button";
import { Panel } from "@/components/ui/panel";
import { Switch } from "@/components/ui/switch";
import type { ImportView } from "@/lib/competitions/import-model";
import { useRefresh } from "../use-refresh";
import { ImportChanges } from "./import-changes";
import { takesForceWords, waitingChanges } from "./import-words";

/** What an uploaded folder would change of a competition that people see, and the press that lets it. */
export function ConfirmImport({ view }: { view: ImportView }) {
  const refresh = useRefresh();
  const id = useId();
  const [widen, setWiden] = useState(false);
  const { waiting, competition, evaluation } = view;
  if (waiting === null || competition === null || evaluation === null) return null;
  const { title, publishedAt } = competition;
  const changes = waitingChanges(view, widen);
  const isReady = evaluation.state === "READY";
  const words = takesForceWords(view);
  return (
    <Panel
      title={publishedAt === null ? "Not changed yet" : "This slug is live: nothing of it has changed yet"}
      description={publishedAt === null ? "It waits for your word" : "This is what it would change"}
      inset="flush"
    >
      <ImportChanges changes={changes} label="What would change" />
      <div className="flex flex-col items-start gap-3 px-4 py-3 text-sm">
        {words.map((text) => (
          <p key={text} className="max-w-prose text-muted-foreground">
            {text}
          </p>
        ))}
        {waiting.widens ? (
          <span className="flex items-center gap-2">
            <Switch id={id} checked={widen} onCheckedChange={setWiden} />
            <label htmlFor={id}>Everybody with an account may see it, not only those who are invited</label>
          </span>
        ) : null}
        <ConfirmAction
          title={`Change ${title}?`}
          description={words.join(" ") || "People see it as the folder has it, at once."}
          confirm="Let it take force"
          cancel="Leave it as it is"
          tone="primary"
          done="It is in force"
          act={async () => {
            const result = await confirmImport({ id: view.id, widen });
            if (result.ok) await refresh();
            return result;
          }}
        >
          <Button
            variant="primary"
            disabled={!isReady || (changes.length === 0 && waiting.replaces === null)}
          >
            Let it take force
          </Button>
        </ConfirmAction>
      </div>
    </Panel>
  );
}
