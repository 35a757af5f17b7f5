import type { ComponentProps } from "react";
import { cn } from "./cn";

/** Stands exactly where the thing will stand; give it that thing's size. */
export function Skeleton({ className, ...props }: ComponentProps<"div">) {
  return (
    <div
      data-slot="skeleton"
      aria-hidden="true"
      className={cn("animate-skeleton rounded-sm bg-muted", className)}
      {...props}
    />
  );
}
