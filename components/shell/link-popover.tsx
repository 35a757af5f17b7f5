"use client";

import type { ComponentProps } from "react";
import { cn } from "@/components/ui/cn";

export const linkPopoverItem = [
  "focus-ring flex h-8 w-full items-center gap-2 rounded-sm px-2 text-left text-sm -outline-offset-2",
  "hover:bg-accent pointer-coarse:h-10 [&_svg]:size-4 [&_svg]:text-muted-foreground",
].join(" ");

/**
 * A few links and buttons under a button with `popoverTarget`: the browser opens, closes and places the focus.
 * It stands at a fixed corner, so there is nothing to measure.
 */
export function LinkPopover({ className, ...props }: ComponentProps<"div"> & { id: string }) {
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: what is pressed is the link inside; this only closes behind it
    // biome-ignore lint/a11y/useKeyWithClickEvents: the browser turns Enter on a link into a click
    <div
      popover="auto"
      onClick={(event) => event.currentTarget.hidePopover()}
      className={cn(
        "inset-auto w-56 flex-col rounded-lg border border-border bg-popover p-1 text-popover-foreground shadow-overlay open:flex",
        className,
      )}
      {...props}
    />
  );
}
