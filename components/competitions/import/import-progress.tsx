"use client";

import { useQuery } from "@tanstack/react-query";
import Link from "next/link";
import { LoadFailure } from "@/components/live/load-failure";
import { fallbackRefetchMs } from "@/components/live/pages";
import { Announcement } from "@/components/ui/announcement";
import { Button } from "@/components/ui/button";
import { Notice } from "@/components/ui/notice";
import { Panel } from "@/components/ui/panel";
import { Skeleton } from "@/components/ui/skeleton";
import { StateMark } from "@/components/ui/state-badge";
import { Table, TableBody, TableCell, TableHead, TableHeader, TableRow } from "@/components/ui/table";
import { api } from "@/lib/api/client";
import type { ImportView } from "@/lib/competitions/import-model";
import { size } from "@/lib/kernel/size";
import { ConfirmImport } from "./confirm-import";
import { ImportChanges } from "./import-changes";
import { isSettled, stepsOf } from "./import-steps";
import { nextWords } from "./import-words";
import { PublishImport } from "./publish-import";

/** How often one that moves is asked for. ms */
const movingMs = 700;

export interface ImportProgressProps {
  id: string;
  /** Begins anew. */
  onAnother: () => void;
}

/** An uploaded folder on its way to a competition: each step as it happens, everything that is wrong, and what next. */
export function ImportProgress({ id, onAnother }: ImportProgressProps) {
  const { data, error, refetch } = useQuery(
    api.admin.imports.get.queryOptions({
      input: { id },
      refetchInterval: ({ state }) =>
        state.data && isSettled(state.data.data) ? fallbackRefetchMs : movingMs,
    }),
  );
  if (!data && error) return <LoadFailure what="The import" error={error} onRetry={() => void refetch()} />;
  if (!data) return <Skeleton className="h-48" />;
  const view = data.data;
  const what = view.target === null ? "Competition" : "Evaluation";
  return (
    <div data-slot="import" className="flex flex-col gap-4">
      <Panel
        title={view.filename}
        description={size(view.bytes)}
        actions={isSettled(view) ? <Button onClick={onAnother}>Upload another</Button> : null}
      >
        <ol className="flex flex-col gap-2 text-sm">
          {stepsOf(view).map(({ name, tone, words }) => (
            <li key={name} className="flex items-start gap-2">
              <StateMark tone={tone} className="mt-1.5" />
              <span>
                {name} <span className="text-muted-foreground text-xs tabular-nums">{words}</span>
              </span>
            </li>
          ))}
        </ol>
        <Announcement>{announced(view)}</Announcement>
      </Panel>
      <Problems view={view} />
      <Outcome view={view} what={what} />
      <ConfirmImport view={view} />
    </div>
  );
}

function announced(view: ImportView): string {
  if (view.state === "REFUSED") return "It was not brought in.";
  if (view.evaluation?.state === "READY")
    return view.waiting === null ? "It is ready." : "It is ready, and waits for your word.";
  return view.evaluation?.state === "REFUSED" ? "The evaluation was refused." : "";
}

/** Everything at once, so that the folder is mended in one go. */
function Problems({ view: { problems, moreProblems } }: { view: ImportView }) {
  if (problems.length === 0) return null;
  return (
    <Panel
      title="Not brought in"
      description="All that is wrong with it; nothing was changed. Mend the folder and upload it again"
      inset="flush"
    >
      <Table aria-label="What is wrong">
        <TableHeader>
          <tr>
            <TableHead>File</TableHead>
            <TableHead>What is wrong</TableHead>
          </tr>
        </TableHeader>
        <TableBody>
          {problems.map(({ file, field, message }) => (
            <TableRow key={[file, field, message].join(" ")}>
              <TableCell className="wrap-anywhere align-top font-mono text-xs leading-5">
                {file === "." ? "the zip" : file}
                {field ? <span className="block text-muted-foreground">{field}</span> : null}
              </TableCell>
              <TableCell className="wrap-anywhere align-top">{message}</TableCell>
            </TableRow>
          ))}
        </TableBody>
      </Table>
      {moreProblems > 0 ? (
        <p className="px-4 py-2 text-muted-foreground text-xs">And {moreProblems} more.</p>
      ) : null}
    </Panel>
  );
}

function Outcome({ view, what }: { view: ImportView; what: string }) {
  const { competition, evaluation } = view;
  if (competition === null || evaluation === null) return null;
  const { slug, title, cases, files, changed } = competition;
  const held = `${cases.public} public and ${cases.private} private cases${files === null ? "" : `, ${files} files to download`}`;
  return (
    <Panel
      title={view.target === null ? title : `Evaluation ${evaluation.number} of ${title}`}
      description={held}
    >
      <div className="flex flex-col items-start gap-3 text-sm">
        {evaluation.state === "REFUSED" ? (
          <Notice tone="bad" title={`${what} refused`}>
            {evaluation.reason ?? "It gives no reason."}
          </Notice>
        ) : null}
        <p className="text-muted-foreground">{nextWords(view)}</p>
        <ImportChanges changes={changed} label="What has changed" />
        <span className="flex flex-wrap gap-2">
          {competition.publishedAt === null && evaluation.state === "READY" ? (
            <PublishImport view={view} competition={competition} />
          ) : null}
          <Button asChild>
            <Link href={`/admin/competitions/${slug}`}>Run it</Link>
          </Button>
          <Button asChild>
            <Link href={`/competitions/${slug}`}>Look at it</Link>
          </Button>
        </span>
      </div>
    </Panel>
  );
}
