"use client";

import type { ReactNode } from "react";
import { Badge } from "@/components/ui/badge";
import { cn } from "@/components/ui/cn";
import { useLabZone, useNow } from "@/components/ui/lab-clock";
import { StateMark, type StateTone } from "@/components/ui/state-badge";
import { exactText, relativeText } from "@/components/ui/time-text";
import type { GpuView } from "@/lib/fleet/model";
import { absoluteText } from "@/lib/kernel/zoned-time";
import { exactMemory, type GpuStatus, gpuStatus, gpuStatusWords, memoryAsSold, shortModel } from "./gpu";
import { LoadLine } from "./load-line";

const tones: Record<Exclude<GpuStatus, "mine">, StateTone> = {
  free: "ok",
  held: "idle",
  scheduled: "idle",
  draining: "warn",
  disabled: "warn",
  absent: "bad",
  unreachable: "bad",
};

const wordTones: Record<GpuStatus, string> = {
  free: "text-ok",
  mine: "text-info",
  held: "text-muted-foreground",
  scheduled: "text-muted-foreground",
  draining: "text-warn",
  disabled: "text-warn",
  absent: "text-bad",
  unreachable: "text-bad",
};

export interface GpuTileProps {
  gpu: GpuView;
  /** Who looks: their own GPUs read "Yours". */
  username: string;
  /** Covers the tile: a link to the session, or a button that picks this GPU. */
  cover?: ReactNode;
  /** Picked for the next launch. */
  picked?: boolean;
  className?: string;
}

/** The one way a GPU is drawn: number, state, model, memory as sold, load, who, until when. */
export function GpuTile({ gpu, username, cover, picked, className }: GpuTileProps) {
  const status = gpuStatus(gpu, username);
  return (
    <div
      data-slot="gpu-tile"
      data-status={status}
      className={cn(
        "relative flex min-w-0 flex-col gap-2 bg-surface px-4 py-2.5 text-sm @5xl:px-3 transition-colors duration-100",
        "has-[a,button]:hover:bg-hover",
        picked && "bg-accent hover:bg-accent",
        className,
      )}
    >
      <div className="flex items-center justify-between gap-2">
        <span className="font-mono text-muted-foreground text-xs">GPU {gpu.index}</span>
        <span className={cn("flex items-center gap-1.5 font-medium text-xs", wordTones[status])}>
          {status === "mine" ? <MineMark /> : <StateMark tone={tones[status]} />}
          {gpuStatusWords[status]}
        </span>
      </div>
      <div className="min-w-0">
        <p className="truncate font-medium" title={gpu.model}>
          {shortModel(gpu.model)}
        </p>
        <p className="flex h-5 items-center gap-2 text-muted-foreground text-xs">
          <span title={exactMemory(gpu.memoryMiB)} className="tabular-nums">
            {memoryAsSold(gpu.memoryMiB)} GB
          </span>
          {gpu.simulated ? <Badge tone="outline">simulated</Badge> : null}
        </p>
      </div>
      <LoadLine gpu={gpu} />
      <Holder gpu={gpu} status={status} />
      {cover}
    </div>
  );
}

/** A filled bay: one's own is neither a state of health nor work under way. */
function MineMark() {
  return <span aria-hidden="true" className="size-2 rounded-[1px] bg-info" />;
}

const idleTexts: Record<Exclude<GpuStatus, "mine" | "held">, readonly [string, string]> = {
  free: ["Nobody uses it", "ready to launch"],
  scheduled: ["Nobody uses it", "sold by the hour"],
  draining: ["Nothing new starts", "being emptied"],
  disabled: ["Out of service", "by an admin"],
  absent: ["Not in its host", "gone from its list"],
  unreachable: ["State unknown", "no word from it"],
};

/** Two lines whatever the state, so that nothing moves when one is taken or freed. */
function Holder({ gpu, status }: { gpu: GpuView; status: GpuStatus }) {
  const zone = useLabZone();
  const now = new Date(useNow(15_000));
  if (status !== "mine" && status !== "held") {
    const [first, usual] = idleTexts[status];
    const own = gpu.heldUntil && `yours until ${absoluteText(new Date(gpu.heldUntil), now, zone)}`;
    const second = gpu.stateReason ?? own ?? usual;
    return (
      <div className="text-xs leading-4">
        <p className="truncate text-muted-foreground">{first}</p>
        <p className="truncate text-subtle-foreground" title={second} suppressHydrationWarning>
          {second}
        </p>
      </div>
    );
  }
  const until = gpu.holder?.until ?? null;
  return (
    <div className="text-xs leading-4">
      <p className="truncate font-medium">{gpu.holder?.username}</p>
      {until ? (
        <p
          className="truncate text-muted-foreground tabular-nums"
          title={`${exactText(new Date(until), zone)}, ${relativeText(new Date(until), now)}`}
          suppressHydrationWarning
        >
          until {absoluteText(new Date(until), now, zone)}
        </p>
      ) : (
        <p className="truncate text-muted-foreground">no time limit</p>
      )}
    </div>
  );
}
