"use client";

import { useNow } from "@/components/ui/lab-clock";

/**
 * The lab's time, which decides what is closed and over, in ms.
 * @param ahead how far the lab's clock is ahead of the browser's, in ms
 * @param resolutionMs how often a caller wants to be drawn anew
 */
export function useLabNow(ahead: number, resolutionMs: number): number {
  return useNow(resolutionMs) + ahead;
}

/** Below this a difference is the answer's way here rather than the clocks'. ms */
const noticeableMs = 2_000;

/** How far the lab's clock is ahead. @param now ISO 8601, as an answer gives it @param answeredAt ms, by the browser's clock */
export function aheadOf(now: string, answeredAt: number): number {
  const ahead = Date.parse(now) - answeredAt;
  return Math.abs(ahead) < noticeableMs ? 0 : ahead;
}
