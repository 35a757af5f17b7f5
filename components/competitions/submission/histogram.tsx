import { scoreText } from "../score-text";
import type { Bin } from "./cases";

/** Of the drawing, which is stretched to the room there is. */
const width = 600;
const height = 200;

const short = (value: number) => scoreText(value, Math.abs(value) >= 10 ? 1 : 3).replace(/\.?0+$/, "") || "0";

export interface HistogramProps {
  bins: readonly Bin[];
  median: number;
  /** What is drawn, in words. */
  label: string;
}

/** How many cases fall into each bin, with the median as a dashed line; the same in words for who does not see it. */
export function Histogram({ bins, median, label }: HistogramProps) {
  const [first, last] = [bins[0], bins.at(-1)];
  if (!first || !last) return null;
  const most = Math.max(...bins.map(({ count }) => count));
  const fullest = bins.find(({ count }) => count === most) ?? first;
  const step = width / bins.length;
  const at = ((median - first.from) / (last.to - first.from)) * width;
  return (
    <figure data-slot="histogram">
      <figcaption className="flex justify-between gap-4 text-muted-foreground text-xs tabular-nums">
        <span>Cases, {most} at most</span>
        <span>
          median <span className="font-mono text-foreground">{scoreText(median)}</span>
        </span>
      </figcaption>
      <svg
        role="img"
        aria-label={`${label}: from ${short(first.from)} to ${short(last.to)}, median ${scoreText(median)}; most cases, ${most}, between ${short(fullest.from)} and ${short(fullest.to)}.`}
        viewBox={`0 0 ${width} ${height}`}
        preserveAspectRatio="none"
        className="mt-1 block h-44 w-full border-border-strong border-b lg:h-56"
      >
        {bins.map(({ from, to, count }, place) => {
          // One case among hundreds is still seen.
          const tall = count === 0 ? 0 : Math.max(3, (count / most) * (height - 2));
          return (
            <g key={from}>
              <title>{`${short(from)} to ${short(to)}: ${count}`}</title>
              <rect x={place * step} y={0} width={step} height={height} className="fill-transparent" />
              <rect
                x={place * step + 1}
                y={height - tall}
                width={Math.max(1, step - 2)}
                height={tall}
                className="fill-primary/70"
              />
            </g>
          );
        })}
        <path
          d={`M${at.toFixed(1)} 0V${height}`}
          className="stroke-foreground"
          strokeDasharray="4 4"
          vectorEffect="non-scaling-stroke"
        />
      </svg>
      <div aria-hidden className="mt-1 flex justify-between font-mono text-muted-foreground text-xs">
        <span>{short(first.from)}</span>
        <span>{short(last.to)}</span>
      </div>
    </figure>
  );
}
