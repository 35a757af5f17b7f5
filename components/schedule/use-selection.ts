"use client";

import { useMemo, useState } from "react";
import type { WeekLayout } from "./hours";
import { nothing, type Selection, type Shape, type Span, slotsIn, toggled } from "./selection";

/** How a press meets what is selected: in its place, besides it, or reaching on from where the last began. */
export type Joining = "anew" | "besides" | "reaching";

/**
 * What is selected: slots chosen before, and those of the last drag, which can still be reached on or shaped anew.
 * @param first selected when the page opens
 */
export function useSelection(gpus: number, layout: WeekLayout, first: number | null) {
  const [base, setBase] = useState<Selection>(() => (first === null ? nothing : new Set([first])));
  const [span, setSpan] = useState<Omit<Span, "shape"> | null>(null);
  const [shape, setShape] = useState<Shape>("through");
  const selection = useMemo(
    () => (span ? new Set([...base, ...slotsIn({ ...span, shape }, gpus, layout)]) : base),
    [base, span, shape, gpus, layout],
  );
  const begin = (slot: number, joining: Joining) => {
    if (joining === "reaching" && span) return setSpan({ ...span, focus: slot });
    const alone = selection.size === 1 && selection.has(slot);
    setBase(joining === "besides" ? selection : nothing);
    setSpan(alone ? null : { anchor: slot, focus: slot });
  };
  return {
    selection,
    shape,
    setShape,
    begin,
    reach: (slot: number) =>
      setSpan((now) => (now === null || now.focus === slot ? now : { ...now, focus: slot })),
    /** Reaching by keys begins at the slot that has the focus. */
    reachFrom: (anchor: number, slot: number) => setSpan({ anchor: span?.anchor ?? anchor, focus: slot }),
    toggle: (slot: number) => {
      setBase(toggled(selection, slot));
      setSpan(null);
    },
    select: (slots: Iterable<number>) => {
      setBase(new Set(slots));
      setSpan(null);
    },
    clear: () => {
      setBase(nothing);
      setSpan(null);
    },
  };
}

export type SelectionState = ReturnType<typeof useSelection>;

/** What the calendar needs of a selection, however it is chosen. */
export type GridSelection = Pick<
  SelectionState,
  "selection" | "begin" | "reach" | "reachFrom" | "toggle" | "clear"
>;
