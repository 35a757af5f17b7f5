"use client";

import { Pause, Play, X } from "lucide-react";
import { usePassesFocusOn } from "@/components/forms/return-focus";
import { Button } from "@/components/ui/button";
import { Progress } from "@/components/ui/progress";
import { StateMark } from "@/components/ui/state-badge";
import { size } from "@/lib/kernel/size";
import type { UploadState } from "./use-upload";

const words = { moving: "Sending", paused: "Paused", waiting: "Waiting for the connection" } as const;
const tones = { moving: "working", paused: "idle", waiting: "warn" } as const;

export interface UploadProgressProps {
  state: Extract<UploadState, { sentBytes: number }>;
  onPause: () => void;
  onResume: () => void;
  onCancel: () => void;
}

/** How far a file is on its way, and what can be done about it. */
export function UploadProgress({ state, onPause, onResume, onCancel }: UploadProgressProps) {
  const { at, file, sentBytes } = state;
  const ref = usePassesFocusOn<HTMLDivElement>();
  const percent = file.size === 0 ? 100 : Math.floor((sentBytes / file.size) * 100);
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
          <p role="status" className="flex items-center gap-1.5 text-muted-foreground text-xs">
            <StateMark tone={tones[at]} />
            {words[at]}
          </p>
        </div>
        <div className="flex items-center gap-2">
          {at === "paused" ? (
            <Button size="sm" onClick={onResume}>
              <Play aria-hidden />
              Resume
            </Button>
          ) : (
            <Button size="sm" onClick={onPause}>
              <Pause aria-hidden />
              Pause
            </Button>
          )}
          <Button size="sm" variant="ghost" onClick={onCancel}>
            <X aria-hidden />
            Cancel
          </Button>
        </div>
      </div>
      <Progress value={percent} label={`Sent ${figures}`} tone={tones[at]} />
      <p className="text-muted-foreground text-xs tabular-nums">
        <span className="font-medium font-mono text-foreground">{percent} %</span> · {figures}
        {at === "waiting" ? " · goes on from here by itself once the lab can be reached" : null}
      </p>
    </div>
  );
}
