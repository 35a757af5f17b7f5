import { shortModel } from "@/components/fleet/gpu";
import { Badge } from "@/components/ui/badge";
import type { SessionView } from "@/lib/sessions/model";

/** Which of the lab's GPUs it is: "GPU 1 on atlas". */
export function gpuPlace({ index, node }: SessionView["gpu"]): string {
  return `GPU ${index} on ${node}`;
}

/** A session's GPU in a line of text, with the word "simulated" where it is one. */
export function GpuName({ gpu }: { gpu: SessionView["gpu"] }) {
  return (
    <span
      className="inline-flex flex-wrap items-center gap-x-2 gap-y-0.5"
      title={`${gpu.model}, ${gpu.uuid}`}
    >
      <span className="whitespace-nowrap">{shortModel(gpu.model)}</span>
      {gpu.simulated ? <Badge tone="outline">simulated</Badge> : null}
    </span>
  );
}
