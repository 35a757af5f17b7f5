"use client";

import { useQuery } from "@tanstack/react-query";
import { Download } from "lucide-react";
import { OwnCaNote, useLabCurl } from "@/components/surface/lab-curl";
import { useSurface } from "@/components/surface/surface-provider";
import { Announcement } from "@/components/ui/announcement";
import { Button } from "@/components/ui/button";
import { CodeBlock } from "@/components/ui/code-block";
import { useNow } from "@/components/ui/lab-clock";
import { Notice } from "@/components/ui/notice";
import { Panel } from "@/components/ui/panel";
import type { CompetitionView, EvaluationView, Ranking, SubmissionView } from "@/lib/competitions/model";
import { size } from "@/lib/kernel/size";
import { AcceptedSubmission, acceptedWords, useAccepted } from "./accepted-submission";
import { Deadline } from "./closes";
import { leftText } from "./competition-header";
import { type Format, firstLines, formatOf } from "./formats";
import { NewToken } from "./new-token";
import { samplePath, submitPath } from "./paths";
import { phaseOf } from "./state";
import { DropZone } from "./upload/drop-zone";
import { uploadWords } from "./upload/upload-progress";
import { useUpload } from "./upload/upload-provider";
import { isUnderWay, type UploadState } from "./upload/upload-state";
import { UploadStatus } from "./upload/upload-status";
import { type InitialCompetition, useCompetition } from "./use-competition";

export interface SubmitViewProps {
  competition: InitialCompetition;
  /** The address that scripts call. */
  labUrl: string;
}

/** Everything one needs to send a file in: the box, the format with a sample, and the same for scripts. */
export function SubmitView({ competition: initial, labUrl }: SubmitViewProps) {
  const competition = useCompetition(initial);
  const { evaluation } = competition;
  if (evaluation === null) {
    return (
      <Notice tone="warn" title="Nothing can be submitted yet">
        The evaluation is being checked. As soon as it is ready, the box for your file is here.
      </Notice>
    );
  }
  const format = formatOf(evaluation);
  return (
    <div className="grid items-start gap-4 lg:grid-cols-[minmax(0,1fr)_24rem]">
      <div className="flex min-w-0 flex-col gap-4">
        <UploadPanel competition={competition} format={format} />
        <ScriptsPanel competition={competition} labUrl={labUrl} filename={format?.filename ?? "submission"} />
      </div>
      <FormatPanel competition={competition} evaluation={evaluation} format={format} />
    </div>
  );
}

function UploadPanel({ competition, format }: { competition: CompetitionView; format: Format | null }) {
  const { slug, maxUploadBytes, quota, primary } = competition;
  const upload = useUpload();
  const closed = useClosed(competition);
  const { state } = upload;
  const submission = useAccepted(slug, state);
  const atRest = state.at === "none" || state.at === "refused";
  return (
    <Panel title="Submit" description={`Left to you: ${leftText(quota)}`}>
      <Announcement>{saidOf(state, submission, primary)}</Announcement>
      <div className="flex flex-col gap-3">
        {closed && atRest ? (
          <Notice tone="warn" title={closed}>
            <Deadline competition={competition} />
          </Notice>
        ) : null}
        {state.at === "accepted" ? (
          <AcceptedSubmission
            slug={slug}
            primary={primary}
            filename={state.file.name}
            submission={submission}
            onAnother={upload.forget}
          />
        ) : null}
        <UploadStatus upload={upload} />
        {atRest ? (
          <DropZone
            accept={format?.accept ?? ""}
            label="The file to submit"
            hint={`${format?.words ?? "One file."} At most ${size(maxUploadBytes)}. After a lost connection it goes on where it was.`}
            disabled={closed !== null}
            onFile={(file) => upload.begin(file, maxUploadBytes)}
          />
        ) : null}
      </div>
    </Panel>
  );
}

/** What changed, for who does not see it; a refusal is an alert of its own. */
function saidOf(
  state: UploadState,
  submission: SubmissionView | null,
  primary: Ranking | null,
): string | null {
  if (isUnderWay(state)) return `${state.file.name}: ${uploadWords(state)}`;
  return state.at === "accepted" ? `${state.file.name}: ${acceptedWords(submission, primary)}` : null;
}

/** Why nothing may be sent just now, in a sentence; null while it may. */
function useClosed(competition: CompetitionView): string | null {
  const phase = phaseOf(competition, useNow(15_000));
  const { left, totalLimit, usedInTotal, dailyLimit } = competition.quota;
  if (phase === "unpublished") return "It is not published yet, so that nothing is taken";
  if (phase === "upcoming") return "Submissions have not opened yet";
  if (phase === "closed") return "Submissions have closed";
  if (left !== 0) return null;
  return totalLimit !== null && usedInTotal >= totalLimit
    ? `You have used all ${totalLimit} submissions`
    : `You have used today's ${dailyLimit}; the next day begins at midnight in the lab's zone`;
}

function FormatPanel({
  competition,
  evaluation,
  format,
}: {
  competition: CompetitionView;
  evaluation: EvaluationView;
  format: Format | null;
}) {
  const { surface } = useSurface();
  const path = samplePath(surface, competition.slug);
  const lines = useFirstLines(path, evaluation, evaluation.task !== "masks");
  return (
    <Panel
      title="Format"
      description={format?.words}
      actions={
        <Button asChild size="sm">
          <a href={path} download={evaluation.sampleFilename}>
            <Download aria-hidden />
            Sample
          </a>
        </Button>
      }
    >
      {format ? (
        <>
          <pre
            // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls sideways, which must be possible by key
            tabIndex={0}
            className="focus-ring overflow-x-auto rounded-md border border-border bg-sunken px-3 py-2 font-mono text-xs leading-5"
          >
            {lines ?? format.example}
          </pre>
          <ul className="mt-3 flex list-disc flex-col gap-1 pl-4 text-muted-foreground text-sm marker:text-subtle-foreground">
            {format.rules.map((rule) => (
              <li key={rule} className="wrap-anywhere">
                {rule}
              </li>
            ))}
          </ul>
        </>
      ) : null}
      <p className="mt-3 text-muted-foreground text-sm">
        The sample, <span className="font-mono text-xs">{evaluation.sampleFilename}</span>, is complete and
        scored: sent in as it is, it shows the whole way. Nothing is trimmed, repaired or guessed; what
        doesn't fit is rejected with its line, and costs you nothing.
      </p>
    </Panel>
  );
}

/** The sample's own header and first lines, whose ids are real ones; null until they are there, or where they can't be read. */
function useFirstLines(path: string, { id }: EvaluationView, isTable: boolean): string | null {
  const { data } = useQuery({
    queryKey: ["first lines of the sample", path, id],
    enabled: isTable,
    staleTime: Number.POSITIVE_INFINITY,
    retry: false,
    queryFn: async ({ signal }) => {
      const answer = await fetch(path, { signal, headers: { range: "bytes=0-4095" } });
      if (!answer.ok) throw new Error(`The sample was answered with ${answer.status}.`);
      return firstLines((await answer.text()).slice(0, 4_096));
    },
  });
  return data ?? null;
}

function ScriptsPanel({
  competition,
  labUrl,
  filename,
}: {
  competition: CompetitionView;
  labUrl: string;
  filename: string;
}) {
  const { surface } = useSurface();
  const curl = useLabCurl();
  const { origin } = new URL(labUrl);
  const url = `${origin}${submitPath(surface, competition.slug, filename)}`;
  const command = (token: string) =>
    `${curl} -H "Authorization: Bearer ${token}" --data-binary @${filename} \\\n  "${url}"`;
  return (
    <Panel
      title="From a script"
      description="The file is the body; the answer is the submission as JSON"
      actions={<NewToken labUrl={labUrl} example={command} />}
    >
      <CodeBlock code={command("$MEDFORGE_TOKEN")} label="curl command" />
      <div className="mt-2 empty:hidden">
        <OwnCaNote />
      </div>
      <p className="mt-2 text-muted-foreground text-xs">
        Its <span className="font-mono">id</span> in place of ID gives the score:{" "}
        <span className="wrap-anywhere font-mono">{`${origin}/api/v2/${surface}/submissions/ID`}</span>
      </p>
    </Panel>
  );
}
