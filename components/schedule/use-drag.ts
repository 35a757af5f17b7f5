"use client";

import { type MouseEvent, type PointerEvent, useEffect, useRef } from "react";
import type { GridSelection, Joining } from "./use-selection";

/** A finger that rests this long draws; one that moves at once scrolls. ms */
const holdMs = 280;
/** How near the grid's edge a drag scrolls it, and by how much each frame. CSS pixels */
const edge = 36;
const edgeStep = 14;

/** The slot that an element is in; null where it is in none. */
function slotOf(element: EventTarget | null): number | null {
  const cell = element instanceof Element ? element.closest<HTMLElement>("[data-slot-index]") : null;
  return cell ? Number(cell.dataset.slotIndex) : null;
}

function joiningOf({ shiftKey, ctrlKey, metaKey }: PointerEvent | MouseEvent): Joining {
  if (shiftKey) return "reaching";
  return ctrlKey || metaKey ? "besides" : "anew";
}

interface Drag {
  x: number;
  y: number;
  /** Since it began: the page may have gone on under a pointer that rests. */
  moved: boolean;
  frame: number;
}

/**
 * Selecting by mouse, pen and finger: a mouse draws at once; a finger's tap turns one slot on or off, and one that rests
 * first draws.
 */
export function useDrag(
  { begin, reach, toggle }: Pick<GridSelection, "begin" | "reach" | "toggle">,
  onActive: (slot: number) => void,
) {
  const root = useRef<HTMLDivElement>(null);
  const drag = useRef<Drag | null>(null);
  const hold = useRef<ReturnType<typeof setTimeout>>(undefined);
  /** A finger has drawn since it came down: what the browser makes a click of is none. */
  const drawn = useRef(false);

  useEffect(() => {
    const element = root.current;
    // React's own listener can't keep the page from scrolling.
    const stay = (event: TouchEvent) => {
      if (drag.current) event.preventDefault();
    };
    element?.addEventListener("touchmove", stay, { passive: false });
    return () => {
      element?.removeEventListener("touchmove", stay);
      clearTimeout(hold.current);
      if (drag.current) cancelAnimationFrame(drag.current.frame);
    };
  }, []);

  const end = () => {
    clearTimeout(hold.current);
    if (drag.current) cancelAnimationFrame(drag.current.frame);
    drag.current = null;
  };
  const follow = () => {
    const now = drag.current;
    const box = root.current?.getBoundingClientRect();
    if (!now || !box) return;
    if (now.moved) {
      if (now.x > box.right - edge) root.current?.scrollBy(edgeStep, 0);
      else if (now.x < box.left + edge) root.current?.scrollBy(-edgeStep, 0);
      const slot = slotOf(document.elementFromPoint(now.x, now.y));
      if (slot !== null) reach(slot);
    }
    now.frame = requestAnimationFrame(follow);
  };
  const start = (slot: number, joining: Joining, x: number, y: number) => {
    begin(slot, joining);
    drag.current = { x, y, moved: false, frame: requestAnimationFrame(follow) };
  };

  const onPointerDown = (event: PointerEvent<HTMLDivElement>) => {
    const { clientX: x, clientY: y, pointerType, button } = event;
    // What was pressed, and not what lies there by now: the first press may be what brings the page to the present hour.
    const slot = slotOf(event.target);
    if (slot === null || button !== 0) return;
    drawn.current = false;
    onActive(slot);
    const joining = joiningOf(event);
    if (pointerType === "touch") {
      hold.current = setTimeout(() => {
        drawn.current = true;
        start(slot, "besides", x, y);
      }, holdMs);
      return;
    }
    root.current?.setPointerCapture(event.pointerId);
    start(slot, joining, x, y);
  };
  const onPointerMove = ({ clientX, clientY }: PointerEvent<HTMLDivElement>) => {
    if (drag.current) Object.assign(drag.current, { x: clientX, y: clientY, moved: true });
  };
  /** Fingers, and software that presses for people; a mouse has drawn already. */
  const onClick = (event: MouseEvent<HTMLDivElement>) => {
    const byMouse =
      event.detail > 0 && "pointerType" in event.nativeEvent && event.nativeEvent.pointerType !== "touch";
    const slot = slotOf(event.target);
    if (!byMouse && !drawn.current && slot !== null) toggle(slot);
  };
  return {
    root,
    handlers: { onPointerDown, onPointerMove, onPointerUp: end, onPointerCancel: end, onClick },
  };
}
