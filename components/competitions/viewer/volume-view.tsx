"use client";

import { type ReactNode, useEffect, useRef, useState } from "react";
import { SegmentedControl } from "@/components/ui/segmented-control";
import { amountText, numberText } from "./figures";
import type { Coloured } from "./label-volume";
import { Legend } from "./legend";
import { Range } from "./range";
import { type Sides, setSides, sides, useSides } from "./sides";
import { drawingHeight, NothingShown } from "./viewer-state";
import {
  type Decoded,
  type Place,
  type Plane,
  planes,
  type Shown,
  type VolumeFile,
  VolumeScene,
} from "./volume-scene";

/** What is drawn over a volume. */
export interface Overlay {
  readonly on: Decoded;
  readonly coloured: Coloured;
}

export interface VolumeViewProps {
  file: VolumeFile;
  /** Made anew for each volume that it is drawn over: the drawing takes it over. */
  overlay: Overlay | null;
  /** What is drawn, in words. */
  label: string;
  /** What is chosen besides, above the drawing. */
  children?: ReactNode;
}

const planeNames: Record<Plane, string> = { axial: "Axial", coronal: "Coronal", sagittal: "Sagittal" };
const views = [
  ...planes.map((value) => ({ value, label: planeNames[value] })),
  { value: "all" as const, label: "All three" },
];

const sideNames: Record<Sides, string> = { radiological: "Radiological", neurological: "Neurological" };
const sideViews = sides.map((value) => ({ value, label: sideNames[value] }));
const sideWords: Record<Sides, string> = {
  radiological: "Radiological: in axial and coronal slices the patient's right (R) is on the left.",
  neurological: "Neurological: in axial and coronal slices the patient's right (R) is on the right.",
};

/** A volume in slices, with what is drawn over it: sliders for the keyboard, wheel and crosshair on the drawing. */
export function VolumeView({ file, overlay, label, children }: VolumeViewProps) {
  const { container, scene, place, error } = useScene(file, label);
  const [shown, setShown] = useState<Shown>("all");
  const [percent, setPercent] = useState(60);
  const [frame, setFrame] = useState(0);
  const side = useSides();
  useEffect(() => scene?.show(shown), [scene, shown]);
  useEffect(() => scene?.turn(side), [scene, side]);
  useEffect(() => scene?.blend(percent / 100), [scene, percent]);
  useEffect(() => {
    if (!scene) return;
    scene.draw(overlay?.on ?? null, overlay?.coloured ?? null);
    setFrame(0);
  }, [scene, overlay]);
  const legend = overlay?.coloured.legend ?? [];
  return (
    <div className="flex flex-col gap-3">
      <div className="flex flex-wrap items-center gap-x-4 gap-y-2">
        <SegmentedControl label="Planes" value={shown} onValueChange={setShown} options={views} />
        <SegmentedControl label="Sides" value={side} onValueChange={setSides} options={sideViews} />
        {children}
        {overlay ? (
          <Range
            label="Overlay"
            value={percent}
            max={100}
            onValueChange={setPercent}
            text={`${percent} %`}
            className="w-56"
          />
        ) : null}
      </div>
      {error ? <NothingShown what={file.name} error={error} /> : null}
      <div
        ref={container}
        data-slot="volume"
        data-ready={scene && !error ? "" : undefined}
        hidden={error !== null}
        className={`${drawingHeight} overflow-hidden rounded-md bg-black`}
      />
      {scene && place ? (
        <>
          <div className="grid gap-x-6 gap-y-1 sm:grid-cols-3">
            {planes
              .filter((plane) => shown === "all" || shown === plane)
              .map((plane) => (
                <Range
                  key={plane}
                  label={`${planeNames[plane]} slice`}
                  value={place.slices[plane]}
                  max={scene.counts[plane] - 1}
                  onValueChange={(slice) => scene.goTo(plane, slice)}
                  text={`${place.slices[plane] + 1} of ${scene.counts[plane]}`}
                />
              ))}
            {scene.frames > 1 ? (
              <Range
                label="Volume"
                value={frame}
                max={scene.frames - 1}
                onValueChange={(next) => {
                  scene.showFrame(next);
                  setFrame(next);
                }}
                text={`${frame + 1} of ${scene.frames}`}
              />
            ) : null}
          </div>
          <Legend
            label="Labels"
            items={legend.map(({ name, colour, voxels, ml }) => ({
              name,
              colour,
              amount: amountText(voxels, ml),
            }))}
          />
          <p className="text-muted-foreground text-xs">
            At the crosshair:{" "}
            <output className="font-mono text-foreground">
              {numberText(place.value)}
              {legend[place.code - 1] ? `, ${legend[place.code - 1]?.name}` : ""}
            </output>
            . {sideWords[side]} The wheel goes through slices, a click moves the crosshair, dragging with the
            right button sets the contrast.
          </p>
        </>
      ) : null}
    </div>
  );
}

/** The drawing of a file, which ends with the component or with the file. */
function useScene(file: VolumeFile, label: string) {
  const container = useRef<HTMLDivElement>(null);
  const [scene, setScene] = useState<VolumeScene | null>(null);
  const [place, setPlace] = useState<Place | null>(null);
  const [error, setError] = useState<Error | null>(null);
  useEffect(() => {
    const box = container.current;
    if (!box) return;
    let isOver = false;
    let made: VolumeScene | null = null;
    const onMove = () => made && setPlace(made.place);
    VolumeScene.open(box, file, { label, onMove }).then(
      (opened) => {
        if (isOver) return opened.close();
        made = opened;
        setScene(opened);
        setPlace(opened.place);
        setError(null);
      },
      (cause: unknown) => {
        if (!isOver) setError(cause instanceof Error ? cause : new Error(String(cause)));
      },
    );
    return () => {
      isOver = true;
      made?.close();
      setScene(null);
    };
  }, [file, label]);
  return { container, scene, place, error };
}
