"use client";

import { Item, Root } from "radix-ui/toggle-group";
import type { ReactNode } from "react";
import { cn } from "./cn";

export interface SegmentedControlProps<Value extends string> {
  /** What is chosen, for assistive technology: "Filter by state". */
  label: string;
  value: Value;
  onValueChange: (value: Value) => void;
  options: readonly { value: Value; label: ReactNode }[];
  className?: string;
}

/** One of a few, all in sight; arrow keys move, exactly one is always chosen. */
export function SegmentedControl<Value extends string>({
  label,
  value,
  onValueChange,
  options,
  className,
}: SegmentedControlProps<Value>) {
  return (
    <Root
      data-slot="segmented-control"
      type="single"
      aria-label={label}
      value={value}
      // Radix reports "" when the chosen one is pressed again; the choice stays then.
      onValueChange={(next) => {
        const option = options.find((candidate) => candidate.value === next);
        if (option) onValueChange(option.value);
      }}
      className={cn("inline-flex rounded-md border border-border bg-sunken p-0.5", className)}
    >
      {options.map((option) => (
        <Item
          key={option.value}
          value={option.value}
          className={cn(
            "focus-ring h-6 whitespace-nowrap rounded-sm border border-transparent px-2.5 font-medium text-muted-foreground text-xs",
            "transition-colors duration-100 hover:text-foreground pointer-coarse:h-9",
            "data-[state=on]:border-border data-[state=on]:bg-surface data-[state=on]:text-foreground",
          )}
        >
          {option.label}
        </Item>
      ))}
    </Root>
  );
}
