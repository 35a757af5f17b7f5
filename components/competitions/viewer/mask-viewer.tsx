"use client";

import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useSurface } from "@/components/surface/surface-provider";
import { api } from "@/lib/api/client";
import type { DatasetVersionView, EvaluationView } from "@/lib/competitions/model";
import { labelNames } from "../metrics";
import { datasetFilePath, submissionFilePath, truthPath } from "../paths";
import { scoreText } from "../score-text";
import { NotShown, unpacked, wholeFile } from "./bytes";
import { Chooser } from "./chooser";
import { imageOf } from "./kinds";
import { type Coloured, compared } from "./label-volume";
import { maskIn } from "./mask-archive";
import { worstFirst } from "./mask-cases";
import type { MaskPanelProps } from "./mask-panel-props";
import { fileQuery, useVolume } from "./use-file";
import { Drawing, NothingShown } from "./viewer-state";
import { type Decoded, decode, type VolumeFile } from "./volume-scene";
import { VolumeView } from "./volume-view";

/** A case's image with the truth and the submitted mask over it, the case that cost most first. */
export function MaskViewer(props: MaskPanelProps & { evaluation: EvaluationView }) {
  const { submission, competition, cases, evaluation } = props;
  const { surface } = useSurface();
  const ordered = worstFirst(cases, evaluation.primary);
  const [chosen, setCase] = useState<string | null>(null);
  const [label, setLabel] = useState("");
  const id = chosen ?? ordered[0]?.id ?? "";
  const dataset = useQuery({
    ...api.datasets.get.queryOptions({
      input: { slug: competition.dataset.slug, number: competition.dataset.number },
    }),
    staleTime: Number.POSITIVE_INFINITY,
  });
  const truth = useVolume({
    name: `${id}.nii.gz`,
    path: truthPath(surface, competition.slug, id),
    bytes: null,
  });
  const own = useOwnMask(submissionFilePath(surface, submission.id), submission.bytes, id);
  const image = useVolume(
    dataset.data
      ? imageWanted(dataset.data.data, id, (name, data) => datasetFilePath(surface, data, name))
      : null,
  );
  const hasImage = dataset.data !== undefined && imageWanted(dataset.data.data, id, () => "") !== null;
  const base = hasImage ? image.data : dataset.data ? truth.data : undefined;
  const overlay = useCompared(truth.data, own.data, label);
  const error = truth.error ?? own.error ?? dataset.error ?? image.error ?? overlay.error;
  const names = labelNames(competition);
  return (
    <div className="flex flex-col gap-3">
      <div className="flex flex-wrap items-center gap-x-4 gap-y-2">
        <Chooser label="Case, worst first" value={id} onValueChange={setCase}>
          {ordered.map((one) => (
            <option key={one.id} value={one.id}>
              {`${one.id}: ${one.score === null ? "no value" : scoreText(one.score)}`}
            </option>
          ))}
        </Chooser>
        <Chooser label="Label" value={label} onValueChange={setLabel}>
          <option value="">All</option>
          {Object.entries(names).map(([value, name]) => (
            <option key={value} value={value}>
              {name}
            </option>
          ))}
        </Chooser>
      </div>
      {error ? <NothingShown what={id} error={error} /> : null}
      {error ? null : base && overlay.data ? (
        <VolumeView
          file={base}
          overlay={overlay.data}
          label={`Slices of ${id}, with the truth and the submitted mask`}
        />
      ) : (
        <Drawing />
      )}
      {dataset.data && !hasImage ? (
        <p className="text-muted-foreground text-xs">
          The data set has no image called {id}: below it is the truth itself.
        </p>
      ) : null}
    </div>
  );
}

function imageWanted(
  data: DatasetVersionView,
  id: string,
  pathOf: (name: string, data: DatasetVersionView) => string,
) {
  const name = imageOf(
    data.files.map((file) => file.name),
    `${id}.nii.gz`,
  );
  const file = data.files.find((one) => one.name === name);
  return file ? { name: file.name, bytes: file.bytes, path: pathOf(file.name, data) } : null;
}

/** The whole submission is read once, each case's mask is taken out of it here. */
function useOwnMask(
  path: string,
  bytes: number,
  id: string,
): { data?: VolumeFile | undefined; error: Error | null } {
  const zip = useQuery({
    ...fileQuery,
    queryKey: ["own submission", path],
    structuralSharing: false,
    queryFn: ({ signal }) => wholeFile(path, bytes, signal),
  });
  const mask = useQuery({
    ...fileQuery,
    queryKey: ["own mask", path, id],
    enabled: zip.data !== undefined,
    structuralSharing: false,
    queryFn: async () => {
      if (!zip.data) throw new Error("There is no submission yet.");
      return { name: `${id}.nii.gz`, bytes: await unpacked(maskIn(zip.data, id)) };
    },
  });
  return { data: mask.data, error: zip.error ?? mask.error };
}

function useCompared(truth: VolumeFile | undefined, own: VolumeFile | undefined, label: string) {
  return useQuery<{ on: Decoded; coloured: Coloured }>({
    ...fileQuery,
    queryKey: ["compared", truth?.name, own?.name, label],
    enabled: truth !== undefined && own !== undefined && truth.name === own.name,
    structuralSharing: false,
    queryFn: async () => {
      if (!truth || !own) throw new Error("There is nothing to compare yet.");
      const [on, mine] = [await decode(truth), await decode(own)];
      const coloured = compared(on, mine, label === "" ? null : Number(label));
      if (coloured) return { on, coloured };
      throw new NotShown("The mask has another size than the truth.");
    },
  });
}
