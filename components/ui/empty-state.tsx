import type { ReactNode } from "react";
import { cn } from "./cn";

export interface EmptyStateProps {
  /** What is not there: "No sessions yet". */
  title: ReactNode;
  /** What the thing is for, in a sentence. */
  children?: ReactNode;
  /** The next step: a button, a link or a CodeBlock. */
  action?: ReactNode;
  className?: string;
}

/** Teaches the next step where a list would be. */
export function EmptyState({ title, children, action, className }: EmptyStateProps) {
  return (
    <div data-slot="empty-state" className={cn("flex flex-col items-start gap-3 px-4 py-8", className)}>
      <div className="max-w-prose">
        <p className="font-medium text-sm">{title}</p>
        {children ? <div className="mt-1 text-muted-foreground text-sm">{children}</div> : null}
      </div>
      {action}
    </div>
  );
}
