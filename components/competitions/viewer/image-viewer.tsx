"use client";

import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { ChevronLeft, ChevronRight } from "lucide-react";
import { type KeyboardEvent, useEffect, useRef, useState } from "react";
import { Button } from "@/components/ui/button";
import { cn } from "@/components/ui/cn";
import { boxesIn, boxesOf, hasBoxes, type LabelledBox, labelsIn } from "./boxes";
import { fileStart, NotShown, wholeFile } from "./bytes";
import { Chooser } from "./chooser";
import { classColour, cssOf } from "./colours";
import { csvTable } from "./csv";
import { imagesBeside, kindOf } from "./kinds";
import { Legend } from "./legend";
import { fileQuery } from "./use-file";
import type { ViewerProps } from "./viewer-props";
import { Drawing, drawingHeight, NothingShown } from "./viewer-state";

/** Read of a table to learn its columns, and of one whose boxes are drawn, in bytes. */
const most = { header: 4096, boxes: 16 * 2 ** 20 } as const;
/** Tables whose columns are looked at. */
const mostTables = 24;

/** A picture of the data set with the boxes that a table has of it; arrow keys go to the next one. */
export function ImageViewer(props: ViewerProps) {
  const { name, files, pathOf, onView } = props;
  const tables = useBoxTables(props);
  const [chosen, setChosen] = useState<string | null>(null);
  const table = chosen ?? tables[0] ?? "";
  const boxes = useBoxes(props, table);
  const picture = usePicture(pathOf(name), files.find((file) => file.name === name)?.bytes ?? 0);
  const images = imagesBeside(
    files.map((file) => file.name),
    name,
  );
  const at = images.indexOf(name);
  const go = (by: number) => {
    const next = images[at + by];
    if (next !== undefined) onView(next);
  };
  const all = boxes.data?.boxes ?? new Map<string, LabelledBox[]>();
  const labels = labelsIn(all);
  const drawn = boxesIn(all, name);
  const isOwn = picture.data?.path === pathOf(name);
  const turn = (event: KeyboardEvent) => {
    const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (by === undefined || event.target instanceof HTMLSelectElement) return;
    event.preventDefault();
    go(by);
  };
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the buttons in it do the same
    <div className="flex flex-col gap-3" onKeyDown={turn}>
      <div className="flex flex-wrap items-center gap-x-4 gap-y-2">
        <div className="flex items-center gap-1">
          <Button size="icon-sm" aria-label="Previous image" disabled={at <= 0} onClick={() => go(-1)}>
            <ChevronLeft aria-hidden />
          </Button>
          <Button
            size="icon-sm"
            aria-label="Next image"
            disabled={at >= images.length - 1}
            onClick={() => go(1)}
          >
            <ChevronRight aria-hidden />
          </Button>
          <span aria-live="polite" className="ml-1 text-muted-foreground text-xs tabular-nums">
            {at + 1} of {images.length}
          </span>
        </div>
        {tables.length > 0 ? (
          <Chooser label="Boxes" value={table} onValueChange={setChosen}>
            {tables.map((one) => (
              <option key={one}>{one}</option>
            ))}
            <option value="">None</option>
          </Chooser>
        ) : null}
      </div>
      {picture.error ? <NothingShown what={name} error={picture.error} /> : null}
      {picture.data ? (
        <Picture name={name} bitmap={picture.data.bitmap} boxes={isOwn ? drawn : []} labels={labels} />
      ) : picture.error ? null : (
        <Drawing />
      )}
      <Legend
        label="Classes"
        items={labels.map((label, place) => ({
          name: label,
          colour: classColour(place),
          amount: `${drawn.filter((box) => box.label === label).length} here`,
        }))}
      />
      {boxes.error ? <NothingShown what={table} error={boxes.error} /> : null}
      {table !== "" && boxes.data ? <BoxesText {...boxes.data} drawn={drawn} table={table} /> : null}
    </div>
  );
}

function BoxesText({
  isWhole,
  drawn,
  table,
}: {
  isWhole: boolean;
  drawn: readonly LabelledBox[];
  table: string;
}) {
  return (
    <p className="text-muted-foreground text-xs">
      {drawn.length === 0 ? `No box of this image in ${table}.` : `${drawn.length} boxes.`}
      {isWhole ? "" : " Only the beginning of that table was read: there may be more."}
    </p>
  );
}

/** The tables that have boxes, those of a truth before those of detections. */
function useBoxTables({ files, pathOf }: ViewerProps): string[] {
  const tables = files.filter(({ name }) => kindOf(name) === "table").slice(0, mostTables);
  const { data } = useQuery({
    ...fileQuery,
    queryKey: ["tables of boxes", ...tables.map(({ name }) => pathOf(name))],
    queryFn: async ({ signal }) => {
      const found = await Promise.all(
        tables.map(async ({ name, bytes }) => {
          const { start } = await fileStart(pathOf(name), { bytes, most: most.header }, signal);
          const table = csvTable(start, true);
          return hasBoxes(table) ? { name, sure: table.header.includes("confidence") ? 1 : 0 } : [];
        }),
      );
      return found.flat().sort((a, b) => a.sure - b.sure);
    },
  });
  return (data ?? []).map(({ name }) => name);
}

function useBoxes({ files, pathOf }: ViewerProps, table: string) {
  const bytes = files.find((file) => file.name === table)?.bytes ?? 0;
  return useQuery({
    ...fileQuery,
    queryKey: ["boxes", pathOf(table)],
    enabled: table !== "",
    structuralSharing: false,
    queryFn: async ({ signal }) => {
      const { start, isWhole } = await fileStart(pathOf(table), { bytes, most: most.boxes }, signal);
      return { boxes: boxesOf(csvTable(start, isWhole)), isWhole };
    },
  });
}

/** Read as bytes: what people uploaded is never a page's own picture by its address. */
function usePicture(path: string, bytes: number) {
  return useQuery({
    ...fileQuery,
    queryKey: ["picture", path],
    structuralSharing: false,
    // The one before stays until the next is there.
    placeholderData: keepPreviousData,
    queryFn: async ({ signal }) => {
      const file = await wholeFile(path, bytes, signal);
      const bitmap = await createImageBitmap(new Blob([new Uint8Array(file)])).catch((cause: unknown) => {
        throw new NotShown("This browser can't read it as a picture. Download it instead.", { cause });
      });
      return { path, bitmap };
    },
  });
}

interface PictureProps {
  name: string;
  bitmap: ImageBitmap;
  boxes: readonly LabelledBox[];
  labels: readonly string[];
}

function Picture({ name, bitmap, boxes, labels }: PictureProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const { width, height } = bitmap;
  useEffect(() => {
    canvas.current?.getContext("2d")?.drawImage(bitmap, 0, 0);
  }, [bitmap]);
  const look = "absolute inset-0 size-full object-contain";
  const words = boxes.map((box) => `${box.label} at ${box.x}, ${box.y}, ${box.width} by ${box.height}`);
  return (
    <div
      role="img"
      aria-label={[`${name}, ${width} by ${height} pixels`, ...words].join("; ")}
      data-slot="picture"
      className={cn(drawingHeight, "relative overflow-hidden rounded-md bg-black")}
    >
      <canvas
        key={name}
        ref={canvas}
        width={width}
        height={height}
        className={cn(look, Math.max(width, height) < 600 && "[image-rendering:pixelated]")}
      />
      <svg
        aria-hidden
        viewBox={`0 0 ${width} ${height}`}
        preserveAspectRatio="xMidYMid meet"
        className={look}
      >
        {Object.entries(boxes).map(([place, box]) => (
          <rect
            key={place}
            data-label={box.label}
            x={box.x}
            y={box.y}
            width={box.width}
            height={box.height}
            fill="none"
            stroke={cssOf(classColour(labels.indexOf(box.label)))}
            strokeWidth={2}
            vectorEffect="non-scaling-stroke"
          >
            <title>{`${box.label}${box.confidence === null ? "" : ` ${box.confidence}`}`}</title>
          </rect>
        ))}
      </svg>
    </div>
  );
}
