"use client";

import { Pause, Play, X } from "lucide-react";
import { usePassesFocusOn } from "@/components/forms/return-focus";
import { Button } from "@/components/ui/button";
import { Progress } from "@/components/ui/progress";
import { StateMark } from "@/components/ui/state-badge";
import { size } from "@/lib/kernel/size";
import { percentSent, type UnderWay } from "./upload-state";

const words = { moving: "Sending", paused: "Paused", ending: "Giving up" } as const;
const tones = { moving: "working", paused: "idle", waiting: "warn", ending: "idle" } as const;

/** How it goes, in a few words or the lab's. */
export function uploadWords({ at, why }: UnderWay): string {
  if (at !== "waiting") return words[at];
  return why === null ? "Waiting for the connection" : `Waiting: ${why}`;
}

export interface UploadProgressProps {
  state: UnderWay;
  onPause: () => void;
  onResume: () => void;
  onCancel: () => void;
}

/** How far a file is on its way, and what can be done about it. */
export function UploadProgress({ state, onPause, onResume, onCancel }: UploadProgressProps) {
  const { at, file, sentBytes } = state;
  const ref = usePassesFocusOn<HTMLDivElement>();
  const percent = percentSent(state);
  const figures = `${size(sentBytes)} of ${size(file.size)}`;
  return (
    <div
      ref={ref}
      data-slot="upload"
      className="flex flex-col gap-2.5 rounded-md border border-border bg-sunken px-4 py-3"
    >
      <div className="flex flex-wrap items-center justify-between gap-x-4 gap-y-2">
        <div className="min-w-0">
          <p className="truncate font-medium text-sm">{file.name}</p>
          <p className="flex items-baseline gap-1.5 text-muted-foreground text-xs">
            <StateMark tone={tones[at]} />
            <span className="wrap-anywhere">{uploadWords(state)}</span>
          </p>
        </div>
        <div className="flex items-center gap-2">
          {at === "paused" ? (
            <Button size="sm" onClick={onResume}>
              <Play aria-hidden />
              Resume
            </Button>
          ) : (
            <Button size="sm" disabled={at === "ending"} onClick={onPause}>
              <Pause aria-hidden />
              Pause
            </Button>
          )}
          <Button size="sm" variant="ghost" disabled={at === "ending"} onClick={onCancel}>
            <X aria-hidden />
            Cancel
          </Button>
        </div>
      </div>
      <Progress value={percent} label={`Sent ${figures}`} tone={tones[at]} />
      <p className="text-muted-foreground text-xs tabular-nums">
        <span className="font-medium font-mono text-foreground">{percent} %</span> · {figures}
        {at === "waiting" ? " · goes on from here by itself" : null}
      </p>
    </div>
  );
}
