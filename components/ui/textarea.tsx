import type { ComponentProps } from "react";
import { cn } from "./cn";
import { controlStyles } from "./input";
import { useHydrated } from "./use-hydrated";

export function Textarea({ className, rows = 4, ...props }: ComponentProps<"textarea">) {
  const hydrated = useHydrated();
  return (
    <textarea
      data-slot="textarea"
      rows={rows}
      readOnly={props.value !== undefined && !hydrated}
      className={cn(controlStyles, "resize-y px-2.5 py-1.5", className)}
      {...props}
    />
  );
}
