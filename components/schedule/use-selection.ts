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
  const [kept, setKept] = useState<Selection | null>(null);
  const selection = useMemo(
    () => (span ? new Set([...base, ...slotsIn({ ...span, shape }, gpus, layout)]) : base),
    [base, span, shape, gpus, layout],
  );
  const done = kept === selection;
  /** What the next press can join: nobody has chosen anew what a command was for, and it may have a price again by now. */
  const chosen = done ? nothing : selection;
  const begin = (slot: number, joining: Joining) => {
    if (joining === "reaching" && span) return setSpan({ ...span, focus: slot });
    const alone = chosen.size === 1 && chosen.has(slot);
    setBase(joining === "besides" ? chosen : nothing);
    setSpan(alone ? null : { anchor: slot, focus: slot });
  };
  return {
    selection,
    /** It is what a command was for and only shown: the next press begins from nothing. */
    done,
    shape,
    setShape,
    begin,
    reach: (slot: number) =>
      setSpan((now) => (now === null || now.focus === slot ? now : { ...now, focus: slot })),
    /** Reaching by keys begins at the slot that has the focus. */
    reachFrom: (anchor: number, slot: number) => {
      if (done) setBase(nothing);
      setSpan({ anchor: span?.anchor ?? anchor, focus: slot });
    },
    toggle: (slot: number) => {
      setBase(toggled(chosen, slot));
      setSpan(null);
    },
    select: (slots: Iterable<number>) => {
      setBase(new Set(slots));
      setSpan(null);
    },
    /** Goes on showing what a command was for, so that it can be undone. */
    keep: (slots: Iterable<number>) => {
      const shown = new Set(slots);
      setBase(shown);
      setSpan(null);
      setKept(shown);
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
  "selection" | "done" | "begin" | "reach" | "reachFrom" | "toggle" | "clear"
>;
