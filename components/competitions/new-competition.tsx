"use client";

import { useState } from "react";
import { CodeBlock } from "@/components/ui/code-block";
import { Panel } from "@/components/ui/panel";
import { SegmentedControl } from "@/components/ui/segmented-control";
import type { DatasetListItem } from "@/lib/competitions/model";
import { ImportProgress } from "./import/import-progress";
import { ImportUpload } from "./import/import-upload";
import { NewByHand } from "./new-by-hand";

const ways = [
  { value: "folder", label: "From a folder" },
  { value: "hand", label: "By hand" },
] as const;
type Way = (typeof ways)[number]["value"];

export interface NewCompetitionProps {
  /** An import that is under way, as the address names it. */
  importId: string | null;
  datasets: readonly DatasetListItem[];
}

/** Two ways to a competition: all of it at once as a folder, or its settings first and what scores it later. */
export function NewCompetition({ importId: first, datasets }: NewCompetitionProps) {
  const [way, setWay] = useState<Way>("folder");
  const [importId, setImportId] = useState(first);
  const follow = (id: string | null) => {
    setImportId(id);
    // So that a reload, or the link handed on, comes back to it.
    window.history.replaceState(null, "", id === null ? "?" : `?import=${id}`);
  };
  if (importId !== null) return <ImportProgress id={importId} onAnother={() => follow(null)} />;
  return (
    <div className="flex flex-col items-start gap-4">
      <SegmentedControl label="How it is made" value={way} onValueChange={setWay} options={ways} />
      <div className="w-full">
        {way === "folder" ? <FromFolder onArrived={follow} /> : <NewByHand datasets={datasets} />}
      </div>
    </div>
  );
}

function FromFolder({ onArrived }: { onArrived: (id: string) => void }) {
  return (
    <div className="grid items-start gap-4 lg:grid-cols-[minmax(0,1fr)_24rem]">
      <Panel
        title="A competition's folder, as one zip"
        description="Read and judged whole before anything is brought in; nothing that people see changes before you say so"
      >
        <ImportUpload
          target={null}
          hint="competition.json and evaluation.json at its top or in one folder, with public and private beside them."
          onArrived={onArrived}
        />
      </Panel>
      <Panel title="What is in it" description="docs/dataset-formats.md has every field">
        <dl className="flex flex-col gap-2 text-sm">
          {parts.map(([name, what]) => (
            <div key={name}>
              <dt className="font-mono text-xs">{name}</dt>
              <dd className="text-muted-foreground">{what}</dd>
            </div>
          ))}
        </dl>
        <p className="mt-3 mb-2 text-muted-foreground text-sm">On the host the folder is taken as it is:</p>
        <CodeBlock code="./medforge competition import DIR" label="import command" prompt />
      </Panel>
    </div>
  );
}

const parts = [
  ["competition.json", "Slug, title, source, licence, limits and dates"],
  ["evaluation.json", "Task, classes, metrics, and what ranks"],
  ["description.md, rules.md", "Markdown; both may be missing"],
  ["public/…", "What competitors download, sample_submission among it"],
  ["private/…", "The truth, which nobody sees; a baseline and its scores, if there are any"],
] as const;
