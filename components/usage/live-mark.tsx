import { cn } from "@/components/ui/cn";
import { StateMark } from "@/components/ui/state-badge";
import type { LiveGpu } from "@/lib/usage/model";
import { liveText } from "./words";

/** Whose programs are on a GPU just now; nothing where nobody has looked. */
export function LiveMark({ gpu, className }: { gpu: LiveGpu | undefined; className?: string }) {
  const live = gpu && liveText(gpu);
  if (!live) return null;
  return (
    <p className={cn("mt-0.5 flex items-center gap-1.5 text-muted-foreground text-xs", className)}>
      <StateMark tone={live.tone} />
      <span className="max-w-56 truncate" title={live.text}>
        {live.text}
      </span>
    </p>
  );
}
