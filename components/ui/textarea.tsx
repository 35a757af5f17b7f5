import type { ComponentProps } from "react";
import { cn } from "./cn";
import { controlStyles } from "./input";

export function Textarea({ className, rows = 4, ...props }: ComponentProps<"textarea">) {
  return (
    <textarea
      data-slot="textarea"
      rows={rows}
      className={cn(controlStyles, "resize-y px-2.5 py-1.5", className)}
      {...props}
    />
  );
}
