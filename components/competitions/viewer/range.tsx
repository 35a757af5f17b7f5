import { useId } from "react";
import { cn } from "@/components/ui/cn";

export interface RangeProps {
  label: string;
  value: number;
  min?: number;
  max: number;
  onValueChange: (value: number) => void;
  /** The value for people: "12 of 62". */
  text: string;
  className?: string;
}

/** The browser's own slider, which brings arrow keys, Home, End and page keys. */
export function Range({ label, value, min = 0, max, onValueChange, text, className }: RangeProps) {
  const id = useId();
  return (
    <div className={cn("flex min-w-0 items-center gap-2 text-xs", className)}>
      <label htmlFor={id} className="shrink-0 text-muted-foreground">
        {label}
      </label>
      <input
        id={id}
        type="range"
        min={min}
        max={max}
        value={value}
        disabled={max <= min}
        aria-valuetext={text}
        onChange={(event) => onValueChange(event.target.valueAsNumber)}
        className="focus-ring h-6 min-w-24 flex-1 rounded-sm accent-primary pointer-coarse:h-10"
      />
      <span aria-hidden className="shrink-0 font-mono tabular-nums">
        {text}
      </span>
    </div>
  );
}
