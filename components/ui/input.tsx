import type { ComponentProps } from "react";
import { cn } from "./cn";
import { useHydrated } from "./use-hydrated";

/** Shared by every control that takes text, so that they line up in a row. */
export const controlStyles = [
  "w-full min-w-0 rounded-md border border-input bg-surface text-sm text-foreground",
  "placeholder:text-subtle-foreground focus-ring transition-colors duration-100",
  "disabled:cursor-not-allowed disabled:bg-sunken disabled:text-muted-foreground",
  "aria-invalid:border-bad pointer-coarse:text-[1rem]",
].join(" ");

export function Input({ className, type = "text", ...props }: ComponentProps<"input">) {
  const hydrated = useHydrated();
  return (
    <input
      data-slot="input"
      type={type}
      readOnly={props.value !== undefined && !hydrated}
      className={cn(controlStyles, "h-8 px-2.5 pointer-coarse:h-10", className)}
      {...props}
    />
  );
}
