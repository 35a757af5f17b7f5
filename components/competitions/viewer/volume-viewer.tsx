"use client";

import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { NotShown } from "./bytes";
import { Chooser } from "./chooser";
import { imageOf, kindOf, labelsOf, namesLabels } from "./kinds";
import { labelled } from "./label-volume";
import { fileQuery, useVolume } from "./use-file";
import type { ViewerProps } from "./viewer-props";
import { Drawing, NothingShown } from "./viewer-state";
import { decode, type VolumeFile } from "./volume-scene";
import { type Overlay, VolumeView } from "./volume-view";

/** A volume of the data set, with labels over it: those that lie beside it by name, or whichever are chosen. */
export function VolumeViewer({ name, files, pathOf, labelNames }: ViewerProps) {
  const names = files.map((file) => file.name);
  const image = namesLabels(name) ? (imageOf(names, name) ?? name) : name;
  const [chosen, setChosen] = useState<string | null>(null);
  const likely = image === name && !namesLabels(name) ? labelsOf(names, name) : [name];
  const labels = chosen ?? likely[0] ?? "";
  const wanted = (of: string) => {
    const file = files.find((one) => one.name === of);
    return file ? { ...file, path: pathOf(of) } : null;
  };
  const base = useVolume(wanted(image));
  const over = useVolume(labels === "" || labels === image ? null : wanted(labels));
  const overFile = labels === image ? base.data : over.data;
  const overlay = useLabelled(base.data, overFile, labelNames);
  const others = names.filter((other) => kindOf(other) === "volume" && !likely.includes(other));
  const failed = over.error ?? overlay.error;
  if (base.error) return <NothingShown what={image} error={base.error} />;
  if (!base.data) return <Drawing />;
  return (
    <div className="flex flex-col gap-3">
      <VolumeView file={base.data} overlay={overlay.data ?? null} label={`Slices of ${image}`}>
        <Chooser label="Labels" value={labels} onValueChange={setChosen}>
          <option value="">None</option>
          {likely.length > 0 ? (
            <optgroup label="Of this case">
              {likely.map((one) => (
                <option key={one}>{one}</option>
              ))}
            </optgroup>
          ) : null}
          <optgroup label="Other volumes">
            {others.map((one) => (
              <option key={one}>{one}</option>
            ))}
          </optgroup>
        </Chooser>
      </VolumeView>
      {failed && labels !== "" ? <NothingShown what={labels} error={failed} /> : null}
    </div>
  );
}

/** Made for each pair, since a drawing takes it over. */
function useLabelled(
  base: VolumeFile | undefined,
  file: VolumeFile | undefined,
  names: Readonly<Record<string, string>>,
): { data?: Overlay | undefined; error: Error | null } {
  const { data, error } = useQuery({
    ...fileQuery,
    queryKey: ["labels", base?.name, file?.name],
    enabled: base !== undefined && file !== undefined,
    queryFn: async () => {
      if (!file) throw new Error("No labels are wanted.");
      const on = await decode(file);
      const coloured = labelled(on, names);
      if (coloured) return { on, coloured };
      throw new NotShown(
        "It is no volume of labels: those are whole numbers from 0, at most 255 different ones. Open it by itself.",
      );
    },
    structuralSharing: false,
  });
  return { data: file ? data : undefined, error };
}
