"use client";

import { type KeyboardEvent, type PointerEvent, type RefObject, useEffect, useRef, useState } from "react";
import { cn } from "@/components/ui/cn";
import { hourMs } from "@/lib/fleet/rules";
import { DayBlock } from "./day-block";
import { beginsAt, type HourTable } from "./hour-table";
import type { WeekLayout } from "./hours";
import { nothing, stepFrom } from "./selection";
import { useDrag } from "./use-drag";
import type { GridSelection } from "./use-selection";
import "./week-grid.css";

export interface WeekGridProps {
  table: HourTable;
  layout: WeekLayout;
  /** By the lab's clock, to the minute. ms */
  now: number;
  /** An hour in words: where it stands, and what it is. */
  textOf: (slot: number) => string;
  label: string;
  selection: GridSelection;
  /** The slot that Tab leads to. */
  active: number;
  onActive: (slot: number) => void;
  onPoint: (slot: number | null) => void;
  /** Enter, once something is selected anew: what the bar's main button does. */
  onEnter: () => void;
  /** The one day that a phone shows. */
  day: number;
  onDay: (day: number) => void;
  /** Slots of which nobody has looked at being outbid. */
  unseen?: ReadonlySet<number>;
  /** The slot for which a command was refused. */
  failed: number | null;
}

/** So many GPUs have room on a phone: then the page alone scrolls, and their numbers stay in sight. */
const mostAbreast = 6;

/** Consecutive days of all GPUs as a calendar: days across, in each its GPUs, hours of the clock downwards. */
export function WeekGrid(props: WeekGridProps) {
  const { table, layout, now, selection, active, onActive, onPoint, day, onDay } = props;
  const gpus = table.gpus.length;
  const { root, handlers } = useDrag(selection, onActive);
  // What assistive technology reads may come a moment after what is seen.
  const read = useSettled(selection.selection);
  const over = Math.floor((now - beginsAt(table, 0)) / hourMs);
  const today = layout.places[over]?.day;
  useScrolledTo(root, active);
  useHourInSight(root, active, day === today ? over * gpus : null);
  const activeText = props.textOf(active);

  const goTo = (slot: number) => {
    onActive(slot);
    onPoint(slot);
    const at = layout.places[Math.floor(slot / gpus)];
    if (at) onDay(at.day);
    const cell = root.current?.querySelector<HTMLElement>(`[data-slot-index="${slot}"]`);
    cell?.focus();
    cell?.scrollIntoView({ block: "nearest", inline: "nearest" });
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === "Escape") return selection.clear();
    if (event.key === " " || event.key === "Enter") {
      event.preventDefault();
      // One that is held down is one: it spends.
      if (event.key === "Enter" && event.repeat) return;
      const acts = event.key === "Enter" && selection.selection.size > 0 && !selection.done;
      return acts ? props.onEnter() : selection.toggle(active);
    }
    const next = stepFrom(active, event.key, event.ctrlKey || event.metaKey, gpus, layout);
    if (next === null) return;
    event.preventDefault();
    if (event.shiftKey) selection.reachFrom(active, next);
    goTo(next);
  };
  const onPointerOver = ({ target, pointerType }: PointerEvent) => {
    if (pointerType === "touch" || !(target instanceof Element)) return;
    const cell = target.closest<HTMLElement>("[data-slot-index]");
    onPoint(cell ? Number(cell.dataset.slotIndex) : null);
  };
  return (
    // biome-ignore lint/a11y/useSemanticElements: a table's rows can't stand upright
    <div
      ref={root}
      role="grid"
      aria-label={props.label}
      aria-multiselectable
      tabIndex={-1}
      onKeyDown={onKeyDown}
      onPointerOver={onPointerOver}
      onPointerLeave={() => onPoint(null)}
      {...handlers}
      className={cn(
        "slot-grid flex overflow-x-auto overscroll-x-contain outline-none",
        gpus <= mostAbreast && "slot-grid-narrow max-md:overflow-x-visible",
      )}
    >
      <HourAxis layout={layout} />
      {layout.days.map((of, index) => (
        <DayBlock
          key={of.date}
          table={table}
          day={of}
          selection={selection.selection}
          read={read}
          unseen={props.unseen ?? nothing}
          failed={props.failed}
          over={over}
          now={now}
          active={active}
          activeText={activeText}
          className={cn(index !== day && "max-md:hidden")}
        />
      ))}
    </div>
  );
}

/** ms */
const settleMs = 120;

/** What a value is once it has stayed the same for a moment. */
function useSettled<Value>(value: Value): Value {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), settleMs);
    return () => clearTimeout(timer);
  }, [value]);
  return settled;
}

/** At first the day is in sight that Tab leads to: of the week that runs, today. */
function useScrolledTo(root: RefObject<HTMLDivElement | null>, slot: number): void {
  const first = useRef(slot);
  useEffect(() => {
    const grid = root.current;
    const day = grid
      ?.querySelector(`[data-slot-index="${first.current}"]`)
      ?.closest<HTMLElement>(".slot-day");
    const before = day?.previousElementSibling;
    // The first child is the axis, which stays.
    if (grid && day && before !== grid.firstElementChild) grid.scrollLeft = day.offsetLeft;
  }, [root]);
}

/** Whether nothing lies over a cell, the bar below the calendar not either. */
function isInSight(cell: HTMLElement): boolean {
  const { left, top, width, height } = cell.getBoundingClientRect();
  return document.elementFromPoint(left + width / 2, top + height / 2)?.closest("[data-slot-index]") === cell;
}

/**
 * Hours begin at midnight, and a phone shows a few: the page goes to where the hour can be seen that Tab leads to at first,
 * and to the present one when today is chosen again. The focus stays where it is, and so does the page where somebody has
 * scrolled it already or goes by keys.
 * @param slot that Tab leads to
 * @param present a slot of the present hour while its day is shown
 */
function useHourInSight(root: RefObject<HTMLDivElement | null>, slot: number, present: number | null): void {
  const first = useRef(slot);
  const shown = useRef(present);
  useEffect(() => {
    if (window.scrollY === 0) bringIntoSight(root.current, first.current);
  }, [root]);
  useEffect(() => {
    const isNewDay = shown.current === null && present !== null;
    shown.current = present;
    if (isNewDay && !root.current?.contains(document.activeElement)) bringIntoSight(root.current, present);
  }, [root, present]);
}

/** As far down the window as leaves some hours before it in sight. */
const seenAt = 1 / 3;

function bringIntoSight(grid: HTMLElement | null, slot: number): void {
  const cell = grid?.querySelector<HTMLElement>(`[data-slot-index="${slot}"]`);
  if (!cell || isInSight(cell)) return;
  const by = cell.getBoundingClientRect().top - window.innerHeight * seenAt;
  if (by > 0) window.scrollBy({ top: by, behavior: "instant" });
}

function HourAxis({ layout }: { layout: WeekLayout }) {
  return (
    // biome-ignore lint/a11y/useSemanticElements: as the grid
    // biome-ignore lint/a11y/useFocusableInteractive: the grid's cells take the focus
    <div role="row" className="slot-axis pt-12">
      {layout.rows.map(({ key, label, again }) => (
        // biome-ignore lint/a11y/useSemanticElements: as the grid
        // biome-ignore lint/a11y/useFocusableInteractive: as the row
        <div key={key} role="columnheader" aria-label={again ? `${label}:00, the second` : `${label}:00`}>
          {again ? `${label}′` : label}
        </div>
      ))}
    </div>
  );
}
