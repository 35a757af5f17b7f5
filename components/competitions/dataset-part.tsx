import type { ReactNode } from "react";
import { CodeBlock } from "@/components/ui/code-block";
import { Fact, Facts, Panel } from "@/components/ui/panel";
import { Time } from "@/components/ui/time";
import type { CompetitionView, DatasetVersionView } from "@/lib/competitions/model";
import { size } from "@/lib/kernel/size";
import type { Surface } from "@/lib/kernel/surface";
import { DataFiles } from "./data-files";
import { Markdown } from "./markdown";
import { labelNames } from "./metrics";
import { datasetFilePath } from "./paths";

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
            <span title={dataset.licence}>{dataset.licence}</span>
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
        <ScriptsPanel slug={competition.slug} dataset={dataset} surface={surface} labUrl={labUrl} />
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

function ScriptsPanel({
  slug,
  dataset,
  surface,
  labUrl,
}: {
  slug: string;
  dataset: DatasetVersionView;
  surface: Surface;
  labUrl: string;
}) {
  const { origin } = new URL(labUrl);
  const [first] = dataset.files;
  const authorised = 'curl -H "Authorization: Bearer $MEDFORGE_TOKEN"';
  return (
    <Panel title="From a script" description="With an API token, which you make under Settings">
      <div className="flex flex-col gap-3">
        {first ? (
          <CodeBlock
            code={`${authorised} -C - -o ${first.name.slice(first.name.lastIndexOf("/") + 1)} \\\n  "${origin}${datasetFilePath(surface, dataset, first.name)}"`}
            label="curl command of one file"
          />
        ) : null}
        <CodeBlock
          code={`${authorised} \\\n  "${origin}/api/v2/${surface}/datasets/${dataset.slug}"`}
          label="curl command of the list of files"
        />
        <CodeBlock
          code={`${authorised} \\\n  "${origin}/api/v2/${surface}/competitions/${slug}"`}
          label="curl command of the competition"
        />
        <p className="text-muted-foreground text-xs">
          A download that broke off goes on with <span className="font-mono">-C -</span>. Each answer carries
          the file's SHA-256 as <span className="font-mono">Repr-Digest</span>.
        </p>
      </div>
    </Panel>
  );
}
