"use client";

import { OwnCaNote, useLabCurl } from "@/components/surface/lab-curl";
import { CodeBlock } from "@/components/ui/code-block";
import { Panel } from "@/components/ui/panel";
import type { Surface } from "@/lib/kernel/surface";
import { datasetFilesPath, datasetSumsPath } from "./paths";

export interface DatasetScriptsProps {
  slug: string;
  dataset: { slug: string; number: number };
  surface: Surface;
  /** The address that scripts call. */
  labUrl: string;
}

/** How a script takes the whole version, and what else it can ask for. */
export function DatasetScripts({ slug, dataset, surface, labUrl }: DatasetScriptsProps) {
  const { origin } = new URL(labUrl);
  const authorised = `${useLabCurl()} -H "Authorization: Bearer $MEDFORGE_TOKEN"`;
  const files = origin + datasetFilesPath(surface, dataset);
  // What is there and right is not asked for again, so that the same lines go on after a break.
  const all = [
    `${authorised} -f -o SHA256SUMS \\\n  "${origin}${datasetSumsPath(surface, dataset)}"`,
    "while read -r sum name; do",
    '  echo "$sum  $name" | sha256sum --status -c - 2>/dev/null ||',
    `    ${authorised} -f -C - --create-dirs \\\n      -o "$name" "${files}/$name?number=${dataset.number}"`,
    "done < SHA256SUMS",
    "sha256sum -c SHA256SUMS",
  ].join("\n");
  return (
    <Panel title="From a script" description="With an API token, which you make under Settings">
      <div className="flex flex-col gap-3">
        <CodeBlock code={all} label="commands that fetch all files" />
        <p className="text-muted-foreground text-xs">
          All files, each checked by its SHA-256; after a break the same lines go on where they were.
        </p>
        <OwnCaNote />
        <CodeBlock
          code={`${authorised} \\\n  "${origin}/api/v2/${surface}/datasets/${dataset.slug}"`}
          label="curl command of the list of files"
        />
        <CodeBlock
          code={`${authorised} \\\n  "${origin}/api/v2/${surface}/competitions/${slug}"`}
          label="curl command of the competition"
        />
      </div>
    </Panel>
  );
}
