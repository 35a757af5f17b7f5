"use client";

import { useQueryClient } from "@tanstack/react-query";
import { dropPlannedStart } from "@/app/(console)/sessions/actions";
import { ProblemNotice } from "@/components/forms/problem-notice";
import { useAction } from "@/components/forms/use-action";
import { Button } from "@/components/ui/button";
import { Panel } from "@/components/ui/panel";
import { StateMark } from "@/components/ui/state-badge";
import { Time } from "@/components/ui/time";
import { api } from "@/lib/api/client";
import type { PlannedStartView } from "@/lib/sessions/planned-model";
import type { WorkspaceView } from "@/lib/workspaces/model";
import { limitText } from "./duration";

export interface PlannedStartsProps {
  planned: readonly PlannedStartView[];
  workspaces: readonly WorkspaceView[];
}

/** Sessions of mine that start by themselves, the soonest first; nothing where there are none. */
export function PlannedStarts({ planned, workspaces }: PlannedStartsProps) {
  if (planned.length === 0) return null;
  const inOrder = [...planned].sort((a, b) => a.slot.localeCompare(b.slot));
  return (
    <Panel title="Starting by themselves" inset="flush">
      <ul className="divide-y divide-border">
        {inOrder.map((start) => (
          <li key={`${start.gpu.id} ${start.slot}`} className="flex flex-wrap items-center gap-3 px-4 py-2.5">
            <div className="min-w-0 flex-1 text-sm">
              <p>
                <span className="font-medium">
                  GPU {start.gpu.index} of {start.gpu.node}
                </span>
                , <Time value={start.slot} />
              </p>
              <p className="text-muted-foreground text-xs">{launchText(start, workspaces)}</p>
              <Standing start={start} />
            </div>
            <Drop start={start} />
          </li>
        ))}
      </ul>
    </Panel>
  );
}

function launchText({ launch }: PlannedStartView, workspaces: readonly WorkspaceView[]): string {
  const known = workspaces.find(({ id }) => id === launch.workspaceId)?.name;
  const on = `on ${launch.workspaceName ?? known ?? "its workspace"}`;
  return launch.ttlMinutes === undefined ? on : `${on}, for ${limitText(launch.ttlMinutes)} at most`;
}

/** What is in the way of it, or until when it could run. */
function Standing({ start: { heldUntil, reason } }: { start: PlannedStartView }) {
  if (heldUntil === null || reason !== null) {
    return (
      <p className="flex items-baseline gap-2 text-warn text-xs">
        <StateMark tone="warn" />
        <span>
          {heldUntil === null
            ? "Rests: the hour is not yours any more. Nothing starts unless you win or take it again."
            : `Not yet: ${reason}`}
        </span>
      </p>
    );
  }
  return (
    <p className="text-muted-foreground text-xs">
      Your hours there go on until <Time value={heldUntil} show="absolute" />
    </p>
  );
}

function Drop({ start }: { start: PlannedStartView }) {
  const queryClient = useQueryClient();
  const { busy, problem, run } = useAction();
  const drop = async () => {
    const result = await dropPlannedStart({ gpuId: start.gpu.id, slot: start.slot });
    await queryClient.invalidateQueries({ queryKey: api.plannedStarts.key() });
    return result;
  };
  return (
    <>
      <Button
        size="sm"
        busy={busy}
        aria-label={`Don't start on GPU ${start.gpu.index} of ${start.gpu.node}`}
        onClick={() => run(drop)}
      >
        Don't start
      </Button>
      <ProblemNotice problem={problem} />
    </>
  );
}
