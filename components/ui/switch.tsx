"use client";

import { Root, Thumb } from "radix-ui/switch";
import type { ComponentProps } from "react";
import { cn } from "./cn";

export function Switch({ className, ...props }: ComponentProps<typeof Root>) {
  return (
    <Root
      data-slot="switch"
      className={cn(
        "focus-ring inline-flex h-4.5 w-8 shrink-0 items-center rounded-full border border-transparent bg-input p-px",
        "transition-colors duration-100 data-[state=checked]:bg-primary disabled:opacity-50",
        className,
      )}
      {...props}
    >
      <Thumb className="size-3.5 rounded-full bg-surface transition-transform duration-100 data-[state=checked]:translate-x-3.5" />
    </Root>
  );
}
