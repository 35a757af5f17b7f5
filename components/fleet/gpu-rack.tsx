import type { ReactNode } from "react";
import { cn } from "@/components/ui/cn";
import { StateMark } from "@/components/ui/state-badge";
import type { GpuView } from "@/lib/fleet/model";
import { outOfServiceTexts } from "@/lib/fleet/rules";
import { baysAcross, type Rack, racks } from "./gpu";
import { GpuTile } from "./gpu-tile";

export interface GpuRacksProps {
  gpus: readonly GpuView[];
  username: string;
  /** What covers a tile, if anything can be done with it. */
  cover?: (gpu: GpuView) => ReactNode;
  pickedId?: string | null;
  /** What stands at the right of a server's name, e.g. its health. */
  aside?: (node: string) => ReactNode;
}

/** Every server as a row of bays with its GPUs in them. */
export function GpuRacks({ gpus, username, cover, pickedId, aside }: GpuRacksProps) {
  return (
    <div className="flex flex-col gap-4">
      {racks(gpus).map((rack) => (
        <section
          key={rack.node}
          data-slot="gpu-rack"
          aria-label={`Server ${rack.node}`}
          className="@container overflow-hidden rounded-lg border border-border bg-surface"
        >
          <header className="flex min-h-9 flex-wrap items-center justify-between gap-x-4 gap-y-1 border-border border-b bg-surface px-4 py-1.5">
            <h3 className="font-mono text-xs">{rack.node}</h3>
            <div className="text-muted-foreground text-xs tabular-nums">
              {aside?.(rack.node) ??
                `${rack.gpus.filter((gpu) => gpu.free).length} of ${rack.gpus.length} free`}
            </div>
          </header>
          {/* The hairlines between bays: each tile draws its right and lower edge, the box hides the outer ones. */}
          <ul
            className={cn(
              "-mr-px -mb-px grid grid-cols-2",
              "@max-lg:[&>li:last-child:nth-child(odd)]:col-span-2",
              baysAcross(rack.gpus.length),
            )}
          >
            {rack.gpus.map((gpu) => (
              <li key={gpu.id} className="min-w-0 border-border border-r border-b">
                <GpuTile
                  gpu={gpu}
                  username={username}
                  cover={cover?.(gpu)}
                  picked={pickedId === gpu.id}
                  className="h-full"
                />
              </li>
            ))}
          </ul>
          <OutOfService gpus={rack.gpus} />
        </section>
      ))}
    </div>
  );
}

/** In full: a tile has no room for it, and one in use says who uses it. */
function OutOfService({ gpus }: Pick<Rack, "gpus">) {
  const sentences = outOfServiceTexts(gpus);
  if (sentences.length === 0) return null;
  return (
    <ul
      aria-label="Out of service"
      className="relative flex flex-col gap-1 border-border border-t bg-surface px-4 py-2 text-sm"
    >
      {sentences.map((sentence) => (
        <li key={sentence} className="flex items-baseline gap-2.5">
          <StateMark tone="warn" />
          <span className="min-w-0 break-words">{sentence}</span>
        </li>
      ))}
    </ul>
  );
}
