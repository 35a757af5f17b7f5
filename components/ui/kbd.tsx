import type { ComponentProps } from "react";
import { cn } from "./cn";

export function Kbd({ className, ...props }: ComponentProps<"kbd">) {
  return (
    <kbd
      data-slot="kbd"
      className={cn(
        "inline-flex h-5 min-w-5 items-center justify-center rounded-sm border border-border bg-sunken px-1",
        "font-mono text-[0.6875rem] text-muted-foreground leading-none",
        className,
      )}
      {...props}
    />
  );
}
