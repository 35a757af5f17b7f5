"use client";

import { useMemo, useState } from "react";
import type { WeekLayout } from "./hours";
import { nothing, type Selection, type Shape, type Span, slotsIn, toggled } from "./selection";

/** How a press meets what is selected: in its place, besides it, or reaching on from where the last began. */
export type Joining = "anew" | "besides" | "reaching";

interface Chosen {
  /** Chosen before the last drag. */
  readonly base: Selection;
  /** The last drag, which can still be reached on or shaped anew. */
  readonly span: Omit<Span, "shape"> | null;
}

const alone = (base: Selection): Chosen => ({ base, span: null });
const none = alone(nothing);

/**
 * What is selected, and how presses, drags, keys and commands change it.
 * @param first selected when the page opens
 */
export function useSelection(gpus: number, layout: WeekLayout, first: number | null) {
  const [chosen, setChosen] = useState<Chosen>(() => (first === null ? none : alone(new Set([first]))));
  const [shape, setShape] = useState<Shape>("through");
  const [kept, setKept] = useState<Chosen | null>(null);
  const { base, span } = chosen;
  const selection = useMemo(
    () => (span ? new Set([...base, ...slotsIn({ ...span, shape }, gpus, layout)]) : base),
    [base, span, shape, gpus, layout],
  );
  const done = kept === chosen;
  /** What the next press can join: nobody has chosen anew what a command was for, and it may have a price again by now. */
  const joined = done ? nothing : selection;
  const begin = (slot: number, joining: Joining) => {
    if (joining === "reaching" && span) return setChosen({ base, span: { ...span, focus: slot } });
    const again = joined.size === 1 && joined.has(slot);
    setChosen({
      base: joining === "besides" ? joined : nothing,
      span: again ? null : { anchor: slot, focus: slot },
    });
  };
  /** A command takes a moment: what was selected meanwhile stays. */
  const settle = (next: Chosen) => setChosen((now) => (now === chosen ? next : now));
  return {
    selection,
    /** It is what a command was for and only shown: the next press begins from nothing. */
    done,
    shape,
    setShape,
    begin,
    reach: (slot: number) =>
      setChosen((now) =>
        now.span === null || now.span.focus === slot ? now : { ...now, span: { ...now.span, focus: slot } },
      ),
    /** Reaching by keys begins at the slot that has the focus. */
    reachFrom: (anchor: number, slot: number) =>
      setChosen({ base: done ? nothing : base, span: { anchor: span?.anchor ?? anchor, focus: slot } }),
    toggle: (slot: number) => setChosen(alone(toggled(joined, slot))),
    select: (slots: Iterable<number>) => setChosen(alone(new Set(slots))),
    clear: () => setChosen(none),
    /** Goes on showing what a command was for, so that it can be undone; unless something else is selected by now. */
    keep: (slots: Iterable<number>) => {
      const shown = alone(new Set(slots));
      settle(shown);
      setKept(shown);
    },
    /** Lets go of what a command was for; unless something else is selected by now. */
    letGo: () => settle(none),
  };
}

export type SelectionState = ReturnType<typeof useSelection>;

/** What the calendar needs of a selection, however it is chosen. */
export type GridSelection = Pick<
  SelectionState,
  "selection" | "done" | "begin" | "reach" | "reachFrom" | "toggle" | "clear"
>;
