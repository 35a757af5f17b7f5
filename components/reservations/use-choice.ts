"use client";

import { useMemo, useState } from "react";
import type { GridSelection, Joining } from "@/components/schedule/use-selection";
import type { Calendar } from "./calendar";
import { choiceOf, chosenSlots, type Span, tapped } from "./choice";

/**
 * The hours that are chosen: always of one GPU and without a gap, since that is what a reservation is.
 * @param now ms, by the lab's clock
 * @param first chosen when the page opens
 */
export function useChoice(calendar: Calendar, now: number, first: number | null) {
  const [span, setSpan] = useState<Span | null>(first === null ? null : { anchor: first, focus: first });
  const choice = useMemo(() => choiceOf(calendar, span, now), [calendar, span, now]);
  const selection = useMemo(() => chosenSlots(choice, calendar.gpus.length), [choice, calendar]);
  const grid: GridSelection = {
    selection,
    // What was booked is let go.
    done: false,
    begin: (slot: number, joining: Joining) => {
      if (joining === "reaching" && span) return setSpan({ ...span, focus: slot });
      const alone = selection.size === 1 && selection.has(slot);
      setSpan(alone ? null : { anchor: slot, focus: slot });
    },
    reach: (slot) =>
      setSpan((before) => (before === null || before.focus === slot ? before : { ...before, focus: slot })),
    reachFrom: (anchor, slot) => setSpan({ anchor: span?.anchor ?? anchor, focus: slot }),
    toggle: (slot) => setSpan(tapped(calendar, span, slot, now)),
    clear: () => setSpan(null),
  };
  /** Lets go of what was drawn, unless something else has been since. */
  const letGo = (drawn: Span | null) => setSpan((before) => (before === drawn ? null : before));
  return { span, choice, grid, letGo };
}
