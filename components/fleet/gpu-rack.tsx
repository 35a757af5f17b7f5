import type { ReactNode } from "react";
import { cn } from "@/components/ui/cn";
import type { GpuView } from "@/lib/fleet/model";
import { baysAcross, racks } from "./gpu";
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
          <header className="flex min-h-9 flex-wrap items-center justify-between gap-x-4 gap-y-1 border-border border-b bg-surface px-3 py-1.5">
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
        </section>
      ))}
    </div>
  );
}
