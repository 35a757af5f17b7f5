import { cn } from "@/components/ui/cn";
import type { ScoreInterval } from "@/lib/competitions/model";
import type { Scale } from "./interval";

/** Of the drawing, in its own units; ends and dot stay whole at the edges. */
const width = 192;
const height = 16;
const edge = 5;

export interface IntervalPlotProps {
  interval: ScoreInterval;
  score: number;
  scale: Scale;
  className?: string;
}

/** A score on its interval, as in a forest plot. Seen only: whoever draws it says the same in words. */
export function IntervalPlot({ interval, score, scale, className }: IntervalPlotProps) {
  const at = (value: number) =>
    edge + Math.min(1, Math.max(0, (value - scale.from) / (scale.to - scale.from))) * (width - 2 * edge);
  const [low, high] = interval.score.map((value) => at(value).toFixed(1));
  const middle = height / 2;
  return (
    <svg
      aria-hidden
      data-slot="interval-plot"
      viewBox={`0 0 ${width} ${height}`}
      className={cn("block h-4 w-48 shrink-0", className)}
    >
      <path d={`M${edge} ${middle}H${width - edge}`} className="stroke-border" />
      <path
        d={`M${low} ${middle}H${high}M${low} ${middle - 4}v8M${high} ${middle - 4}v8`}
        className="fill-none stroke-muted-foreground"
        strokeWidth="1.5"
      />
      <circle cx={at(score).toFixed(1)} cy={middle} r="3.5" className="fill-primary" />
    </svg>
  );
}
