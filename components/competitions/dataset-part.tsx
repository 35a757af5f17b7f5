import type { ReactNode } from "react";
import { Fact, Facts, Panel } from "@/components/ui/panel";
import { Time } from "@/components/ui/time";
import type { CompetitionView, DatasetVersionView } from "@/lib/competitions/model";
import { size } from "@/lib/kernel/size";
import type { Surface } from "@/lib/kernel/surface";
import { DataFiles } from "./data-files";
import { DatasetScripts } from "./dataset-scripts";
import { Markdown } from "./markdown";
import { labelNames } from "./metrics";

export interface DatasetPartProps {
  competition: CompetitionView;
  dataset: DatasetVersionView;
  surface: Surface;
  /** The address that scripts call. */
  labUrl: string;
}

/** The files that a competition stands on, where they come from, and how a script takes them. */
export function DatasetPart({ competition, dataset, surface, labUrl }: DatasetPartProps) {
  const bytes = dataset.files.reduce((sum, file) => sum + file.bytes, 0);
  return (
    <div className="flex flex-col gap-4">
      <Panel title={dataset.title} description={`Version ${dataset.number}; a version never changes`}>
        <Facts>
          <Fact label="Files">
            {dataset.files.length}, {size(bytes)}
          </Fact>
          <Fact label="Licence">
            <span className="block whitespace-normal wrap-anywhere">{dataset.licence}</span>
          </Fact>
          <Fact label="Here since">
            <Time value={dataset.createdAt} />
          </Fact>
          <Fact label="Exposure">
            {dataset.exposure === "internal" ? "Internal: stays inside" : "External"}
          </Fact>
        </Facts>
        <p className="mt-3 max-w-prose text-sm">
          <span className="text-muted-foreground text-xs">Source</span>
          <br />
          <Source text={dataset.source} />
        </p>
      </Panel>
      <Panel title="Files" inset="flush">
        <DataFiles dataset={dataset} labelNames={labelNames(competition)} />
      </Panel>
      <div className="grid items-start gap-4 lg:grid-cols-2">
        {dataset.description.trim() === "" ? null : (
          <Panel title="What is in them">
            <Markdown>{dataset.description}</Markdown>
          </Panel>
        )}
        <DatasetScripts slug={competition.slug} dataset={dataset} surface={surface} labUrl={labUrl} />
      </div>
    </div>
  );
}

/** An address is a link, anything else is text. */
function Source({ text }: { text: string }): ReactNode {
  return text.split(/(https?:\/\/\S+)/).map((part) =>
    /^https?:\/\//.test(part) ? (
      <a
        key={part}
        href={part}
        rel="noreferrer"
        className="focus-ring wrap-anywhere rounded-sm text-link underline underline-offset-4"
      >
        {part}
      </a>
    ) : (
      part
    ),
  );
}
