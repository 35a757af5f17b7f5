"use client";

import { absoluteText } from "@/lib/kernel/zoned-time";
import { cn } from "./cn";
import { useLabZone, useNow } from "./lab-clock";
import { clockDuration, exactText, relativeText } from "./time-text";

/** Relative texts change by the minute, so they re-render no more often. */
const relativeResolutionMs = 15_000;

export interface TimeProps {
  /** ISO 8601, as the API gives it. */
  value: string;
  /** "both" is the rule; the others are for tight table cells. The exact time is always on hover. */
  show?: "both" | "relative" | "absolute";
  className?: string;
}

/** An instant: relative beside absolute in the lab's zone, e.g. "12 min ago · 14:05 EST". */
export function Time({ value, show = "both", className }: TimeProps) {
  const zone = useLabZone();
  const now = new Date(useNow(relativeResolutionMs));
  const at = new Date(value);
  return (
    <time
      dateTime={value}
      title={exactText(at, zone)}
      className={cn("whitespace-nowrap tabular-nums", className)}
      // Zone names come from each side's own ICU data, which may differ by version.
      suppressHydrationWarning
    >
      {show === "absolute" ? null : relativeText(at, now)}
      {show === "both" ? (
        <span className="text-muted-foreground" suppressHydrationWarning>
          {" "}
          · {absoluteText(at, now, zone)}
        </span>
      ) : null}
      {show === "absolute" ? absoluteText(at, now, zone) : null}
    </time>
  );
}

export interface CountdownProps {
  /** ISO 8601. Before it: time left. */
  to: string;
  className?: string;
}

/** Time left until an instant, by the second: "1:42:07". */
export function Countdown({ to, className }: CountdownProps) {
  const zone = useLabZone();
  const now = useNow();
  return (
    <time
      dateTime={to}
      title={exactText(new Date(to), zone)}
      className={cn("font-mono tabular-nums", className)}
      suppressHydrationWarning
    >
      {clockDuration(Date.parse(to) - now)}
    </time>
  );
}

/** Time since an instant, by the second: how long a session has been running. */
export function Elapsed({ since, className }: { since: string; className?: string }) {
  const now = useNow();
  return (
    <time dateTime={since} className={cn("font-mono tabular-nums", className)}>
      {clockDuration(now - Date.parse(since))}
    </time>
  );
}
