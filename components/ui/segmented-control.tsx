import { type ReactNode, useId } from "react";
import { cn } from "./cn";

export interface SegmentedControlProps<Value extends string> {
  /** What is chosen, for assistive technology: "Filter by state". */
  label: string;
  value: Value;
  onValueChange: (value: Value) => void;
  options: readonly { value: Value; label: ReactNode }[];
  className?: string;
}

/** One of a few, all in sight. Radio buttons underneath, so that the browser brings the arrow keys. */
export function SegmentedControl<Value extends string>({
  label,
  value,
  onValueChange,
  options,
  className,
}: SegmentedControlProps<Value>) {
  const name = useId();
  return (
    <fieldset
      data-slot="segmented-control"
      className={cn("inline-flex rounded-md border border-border bg-sunken p-0.5", className)}
    >
      <legend className="sr-only">{label}</legend>
      {options.map((option) => (
        <label
          key={option.value}
          className={cn(
            "relative flex h-6 cursor-default select-none items-center whitespace-nowrap rounded-sm border border-transparent px-2.5",
            "font-medium text-muted-foreground text-xs transition-colors duration-100 hover:text-foreground pointer-coarse:h-9",
            "outline-2 outline-transparent has-checked:border-border has-checked:bg-surface has-checked:text-foreground",
            "has-focus-visible:outline-ring",
          )}
        >
          <input
            type="radio"
            name={name}
            value={option.value}
            checked={option.value === value}
            onChange={() => onValueChange(option.value)}
            className="absolute inset-0 m-0 appearance-none opacity-0"
          />
          {option.label}
        </label>
      ))}
    </fieldset>
  );
}
