import { ChevronDown } from "lucide-react";
import type { ComponentProps } from "react";
import { cn } from "./cn";
import { controlStyles } from "./input";
import { useHydrated } from "./use-hydrated";

export interface SelectProps extends ComponentProps<"select"> {
  onValueChange?: (value: string) => void;
}

/**
 * The browser's own select in the product's clothes: the phone's wheel, type-ahead and the form's value come for
 * free, and no page pays 30 kB for a list. Takes `option` and `optgroup`.
 */
export function Select({ className, onValueChange, ...props }: SelectProps) {
  const hydrated = useHydrated();
  return (
    <div
      data-slot="select"
      inert={!hydrated}
      className={cn("relative h-8 w-full pointer-coarse:h-10", className)}
    >
      <select
        className={cn(controlStyles, "block h-full appearance-none truncate pr-8 pl-2.5 [&_*]:bg-popover")}
        onChange={onValueChange && ((event) => onValueChange(event.target.value))}
        {...props}
      />
      <ChevronDown
        aria-hidden
        className="pointer-events-none absolute top-1/2 right-2 size-4 -translate-y-1/2 text-muted-foreground"
      />
    </div>
  );
}
