import { Progress } from "@/components/ui/progress";
import type { GpuView } from "@/lib/fleet/model";
import { size } from "@/lib/kernel/size";
import { memoryAsSold } from "./gpu";

function memoryText(gpu: GpuView): string {
  const used = gpu.usage?.memoryUsedMiB;
  if (used === undefined || used === null) return "memory in use not known";
  return `${size(used * 1024 ** 2)} of ${memoryAsSold(gpu.memoryMiB)} GB in use`;
}

/** How busy a GPU is: one line and its figure; memory, temperature and power on hover. */
export function LoadLine({ gpu }: { gpu: GpuView }) {
  const load = gpu.usage?.utilizationPercent ?? null;
  const temperature = gpu.usage?.temperatureC;
  const power = gpu.usage?.powerW;
  const detail = [
    load === null ? "Load not known" : `Load ${Math.round(load)} %`,
    memoryText(gpu),
    ...(typeof temperature === "number" ? [`${Math.round(temperature)} °C`] : []),
    ...(typeof power === "number" ? [`${Math.round(power)} W`] : []),
  ].join(", ");
  return (
    <div className="flex items-center gap-2" title={detail}>
      <Progress value={load ?? 0} label={detail} />
      <span
        aria-hidden="true"
        className="w-9 shrink-0 text-right font-mono text-muted-foreground text-xs tabular-nums"
      >
        {load === null ? "–" : `${Math.round(load)}%`}
      </span>
    </div>
  );
}
