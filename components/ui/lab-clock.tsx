"use client";

import { createContext, type ReactNode, useContext, useMemo, useSyncExternalStore } from "react";

interface LabClock {
  /** IANA name of the zone the lab keeps its hours in. */
  readonly zone: string;
  /** When the server rendered the page, ISO 8601; what hydration starts from. */
  readonly renderedAt: string;
}

const LabClockContext = createContext<LabClock>({ zone: "UTC", renderedAt: "1970-01-01T00:00:00Z" });

export function LabClockProvider({ zone, renderedAt, children }: LabClock & { children: ReactNode }) {
  const value = useMemo(() => ({ zone, renderedAt }), [zone, renderedAt]);
  return <LabClockContext value={value}>{children}</LabClockContext>;
}

export function useLabZone(): string {
  return useContext(LabClockContext).zone;
}

/** One timer per page; every relative time and countdown reads the same second. */
const tickMs = 1_000;
const listeners = new Set<() => void>();
let current = 0;
let timer: ReturnType<typeof setInterval> | undefined;

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  timer ??= setInterval(tick, tickMs);
  return () => {
    listeners.delete(listener);
    if (listeners.size > 0) return;
    clearInterval(timer);
    timer = undefined;
  };
}

function tick(): void {
  current = wholeSecond();
  for (const listener of listeners) listener();
}

function wholeSecond(): number {
  return Math.floor(Date.now() / tickMs) * tickMs;
}

function snapshot(): number {
  if (timer === undefined || current === 0) current = wholeSecond();
  return current;
}

/**
 * The time now in milliseconds, ticking each second. The first client render repeats the server's clock,
 * so that hydration finds the same text.
 * @param resolutionMs rounds down, so that a component re-renders only when its text could change
 */
export function useNow(resolutionMs: number = tickMs): number {
  const { renderedAt } = useContext(LabClockContext);
  const round = (ms: number) => Math.floor(ms / resolutionMs) * resolutionMs;
  return useSyncExternalStore(
    subscribe,
    () => round(snapshot()),
    () => round(Date.parse(renderedAt)),
  );
}
