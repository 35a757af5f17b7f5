import { shortModel } from "@/components/fleet/gpu";
import { Badge } from "@/components/ui/badge";
import type { SessionView } from "@/lib/sessions/model";

/** A session's GPU in a line of text, with the word "simulated" where it is one. */
export function GpuName({ gpu }: { gpu: SessionView["gpu"] }) {
  return (
    <span className="inline-flex items-center gap-2 whitespace-nowrap" title={`${gpu.model}, ${gpu.uuid}`}>
      {shortModel(gpu.model)}
      {gpu.simulated ? <Badge tone="outline">simulated</Badge> : null}
    </span>
  );
}
