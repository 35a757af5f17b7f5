import { cva, type VariantProps } from "class-variance-authority";
import type { ComponentProps } from "react";
import { cn } from "./cn";

const badgeStyles = cva(
  "inline-flex h-5 shrink-0 items-center gap-1.5 whitespace-nowrap rounded-sm px-1.5 font-medium text-xs",
  {
    variants: {
      tone: {
        neutral: "bg-muted text-muted-foreground",
        outline: "border border-border-strong text-muted-foreground",
        ok: "bg-ok-surface text-ok",
        warn: "bg-warn-surface text-warn",
        bad: "bg-bad-surface text-bad",
        info: "bg-info-surface text-info",
      },
    },
    defaultVariants: { tone: "neutral" },
  },
);

export type Tone = NonNullable<VariantProps<typeof badgeStyles>["tone"]>;

/** A short word about a thing, e.g. "simulated". For states use StateBadge, which adds the shape. */
export function Badge({ className, tone, ...props }: ComponentProps<"span"> & { tone?: Tone }) {
  return <span data-slot="badge" className={cn(badgeStyles({ tone }), className)} {...props} />;
}
