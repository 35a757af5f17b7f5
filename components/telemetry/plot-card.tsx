import type { ReactNode } from "react";
import { Badge } from "@/components/ui/badge";
import { cn } from "@/components/ui/cn";
import { Skeleton } from "@/components/ui/skeleton";
import { StateMark } from "@/components/ui/state-badge";
import type { PlotSpec } from "./plots";
import type { Fact } from "./words";

/** Each plot's place: the head, the drawing, and a line for what is worth a word. The same before and after it is drawn. */
export const drawingHeight = "h-30";
export const gridStyles = "grid gap-x-6 gap-y-4 sm:grid-cols-2";

export interface PlotCardProps {
  spec: PlotSpec;
  simulated: boolean;
  /** The latest value, or the one under the crosshair. */
  value: ReactNode;
  limit?: string | null;
  fact?: Fact | null;
  children: ReactNode;
}

export function PlotCard({ spec, simulated, value, limit, fact, children }: PlotCardProps) {
  return (
    <figure data-slot="plot" data-plot={spec.id} className="min-w-0">
      <figcaption className="flex h-5 items-center gap-2 text-xs">
        <span className="whitespace-nowrap font-medium">{spec.title}</span>
        {simulated && spec.ofGpu ? <Badge tone="outline">simulated</Badge> : null}
        <span className="ml-auto truncate font-mono tabular-nums">
          {value}
          {limit ? <span className="text-muted-foreground"> {limit}</span> : null}
        </span>
      </figcaption>
      {children}
      <p className="flex h-4 items-center gap-1.5 text-muted-foreground text-xs">
        {fact ? (
          <>
            <StateMark tone={fact.tone} />
            <span
              className={cn(
                "truncate",
                fact.tone === "warn" && "text-warn",
                fact.tone === "bad" && "text-bad",
              )}
            >
              {fact.text}
            </span>
          </>
        ) : null}
      </p>
    </figure>
  );
}

/** The plots' places without plots. @param still nothing is on its way, so nothing pulses */
export function EmptyPlots({
  specs,
  simulated,
  still,
}: {
  specs: readonly PlotSpec[];
  simulated: boolean;
  still?: boolean;
}) {
  return (
    <div className={gridStyles} aria-hidden="true">
      {specs.map((spec) => (
        <PlotCard key={spec.id} spec={spec} simulated={simulated} value="–">
          <Skeleton className={cn(drawingHeight, still && "animate-none bg-sunken")} />
        </PlotCard>
      ))}
    </div>
  );
}
