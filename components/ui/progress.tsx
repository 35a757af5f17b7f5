import { cn } from "./cn";
import type { StateTone } from "./state-badge";

const fills = {
  idle: "fill-muted-foreground",
  working: "fill-info",
  ok: "fill-ok",
  warn: "fill-warn",
  bad: "fill-bad",
} as const;

export interface ProgressProps {
  /** 0 to 100; out-of-range values are clamped. */
  value: number;
  /** What is measured, with its figures: "Disk: 12 of 50 GB". */
  label: string;
  tone?: StateTone;
  className?: string;
}

/** A flat bar for a share of something; the figures stand beside it in text. */
export function Progress({ value, label, tone = "idle", className }: ProgressProps) {
  const share = Math.min(100, Math.max(0, value));
  return (
    <div
      data-slot="progress"
      role="progressbar"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={Math.round(share)}
      className={cn("h-1 w-full overflow-hidden rounded-full bg-muted", className)}
    >
      {/* SVG attributes rather than an inline style, which needs no leave from the CSP. */}
      <svg aria-hidden="true" className="block size-full" preserveAspectRatio="none" viewBox="0 0 100 1">
        <rect className={fills[tone]} width={share} height="1" />
      </svg>
    </div>
  );
}
