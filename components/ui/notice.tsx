import type { ReactNode } from "react";
import { cn } from "./cn";
import { StateMark, type StateTone } from "./state-badge";

const surfaces: Record<StateTone, string> = {
  idle: "border-border bg-surface",
  working: "border-info-border bg-info-surface",
  ok: "border-ok-border bg-ok-surface",
  warn: "border-warn-border bg-warn-surface",
  bad: "border-bad-border bg-bad-surface",
};

export interface NoticeProps {
  tone: StateTone;
  /** What is so, in a few words; the tone's shape stands before it. */
  title: ReactNode;
  /** Why, and what to do. */
  children?: ReactNode;
  action?: ReactNode;
  className?: string;
}

/** Something in the page that needs reading before what is below it. */
export function Notice({ tone, title, children, action, className }: NoticeProps) {
  return (
    <div
      data-slot="notice"
      className={cn(
        "flex flex-wrap items-center gap-x-4 gap-y-2 rounded-md border px-4 py-2",
        surfaces[tone],
        className,
      )}
    >
      <div className="flex min-w-0 flex-1 items-baseline gap-2.5 text-sm">
        <StateMark tone={tone} />
        <div className="min-w-0">
          <p className="font-medium">{title}</p>
          {children ? <div className="break-words">{children}</div> : null}
        </div>
      </div>
      {action}
    </div>
  );
}
