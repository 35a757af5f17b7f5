import Link from "next/link";
import type { ReactNode } from "react";
import { Button } from "@/components/ui/button";
import { EmptyState } from "@/components/ui/empty-state";
import { Notice } from "@/components/ui/notice";
import { Panel } from "@/components/ui/panel";
import type { CompetitionView } from "@/lib/competitions/model";
import { formatOf } from "./formats";
import { Markdown } from "./markdown";
import { metricLabel } from "./metrics";
import { scoreText } from "./score-text";

/** What a competition is about, and the three steps to a score. */
export function Overview({ competition }: { competition: CompetitionView }) {
  const { description, publishedAt } = competition;
  return (
    <div className="grid items-start gap-4 lg:grid-cols-[minmax(0,1fr)_22rem]">
      <div className="flex min-w-0 flex-col gap-4">
        {publishedAt === null ? (
          <Notice tone="warn" title="Only administrators see this">
            It is not published. Publish it under All competitions once its evaluation is ready.
          </Notice>
        ) : null}
        <Panel title="About" inset={description.trim() === "" ? "flush" : "padded"}>
          {description.trim() === "" ? (
            <EmptyState title="No description">Data, rules and metrics are under the tabs above.</EmptyState>
          ) : (
            <Markdown>{description}</Markdown>
          )}
        </Panel>
      </div>
      <Steps competition={competition} />
    </div>
  );
}

function Steps({ competition }: { competition: CompetitionView }) {
  const { slug, dataset, evaluation, primary } = competition;
  const base = `/competitions/${slug}`;
  const format = evaluation ? formatOf(evaluation) : null;
  const sample = primary ? evaluation?.sampleMetrics?.[primary.metric] : null;
  return (
    <Panel title="From nothing to a score">
      <ol className="flex flex-col gap-4 text-sm">
        <Step number={1} title="Take the data">
          <p>
            <Link
              href={`${base}/data`}
              className="focus-ring rounded-sm text-link underline underline-offset-4"
            >
              {dataset.title}
            </Link>
            , version {dataset.number}.
          </p>
        </Step>
        <Step number={2} title="Predict the unseen cases">
          <p>
            {format?.words ?? "In the format of the sample."}
            {sample === null || sample === undefined || primary === null ? null : (
              <>
                {" "}
                The sample scores{" "}
                <span className="font-mono text-foreground text-xs">{scoreText(sample)}</span> by{" "}
                {metricLabel(primary.metric)}: a right format alone gets that much.
              </>
            )}
          </p>
        </Step>
        <Step number={3} title="Submit">
          <p>It is scored in about a second, and you see by which cases.</p>
          <Button asChild variant="primary" className="mt-2">
            <Link href={`${base}/submit`}>Submit</Link>
          </Button>
        </Step>
      </ol>
    </Panel>
  );
}

function Step({ number, title, children }: { number: number; title: string; children: ReactNode }) {
  return (
    <li className="flex gap-3">
      <span
        aria-hidden
        className="flex size-5 shrink-0 items-center justify-center rounded-full border border-border-strong font-mono text-muted-foreground text-xs"
      >
        {number}
      </span>
      <div className="min-w-0 text-muted-foreground">
        <p className="font-medium text-foreground">{title}</p>
        {children}
      </div>
    </li>
  );
}
