import type { ReactNode } from "react";
import { Badge } from "./badge";
import { cn } from "./cn";

/** What a state means for the person who looks, whatever the thing is. */
export const stateTones = ["idle", "working", "ok", "warn", "bad"] as const;
export type StateTone = (typeof stateTones)[number];

const badgeTone = { idle: "neutral", working: "info", ok: "ok", warn: "warn", bad: "bad" } as const;
const markTone = {
  idle: "text-muted-foreground",
  working: "text-info",
  ok: "text-ok",
  warn: "text-warn",
  bad: "text-bad",
} as const;

/** A shape of its own for each tone, so that no state rests on colour alone. */
export function StateMark({ tone, className }: { tone: StateTone; className?: string }) {
  return (
    <svg
      aria-hidden="true"
      viewBox="0 0 8 8"
      className={cn("size-2 shrink-0", markTone[tone], className)}
      fill="currentColor"
      stroke="currentColor"
    >
      {shapes[tone]}
    </svg>
  );
}

const shapes: Record<StateTone, ReactNode> = {
  idle: <rect x="1" y="1" width="6" height="6" rx="0.5" fill="none" strokeWidth="1.25" />,
  working: (
    <>
      <circle cx="4" cy="4" r="3" fill="none" strokeWidth="1.5" strokeOpacity="0.35" />
      <path d="M4 1a3 3 0 0 1 3 3" fill="none" strokeWidth="1.5" className="origin-center animate-turn" />
    </>
  ),
  ok: <circle cx="4" cy="4" r="3.5" stroke="none" />,
  warn: <path d="M4 0.5 7.75 7.5H0.25Z" stroke="none" />,
  bad: <path d="M1 1 7 7M7 1 1 7" fill="none" strokeWidth="1.75" />,
};

export interface StateBadgeProps {
  tone: StateTone;
  /** The word, always shown. */
  children: ReactNode;
  className?: string;
}

/** Shape, colour and word of a state; the same everywhere a state is shown. */
export function StateBadge({ tone, children, className }: StateBadgeProps) {
  return (
    <Badge tone={badgeTone[tone]} className={className} data-state-tone={tone}>
      <StateMark tone={tone} />
      {children}
    </Badge>
  );
}
