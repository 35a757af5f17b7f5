"use client";

import { useQuery, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { dropPlannedStart, planStart } from "@/app/(console)/sessions/actions";
import type { DialogState } from "@/components/forms/opens-dialog";
import { ProblemNotice } from "@/components/forms/problem-notice";
import { useReturnFocus } from "@/components/forms/return-focus";
import { type DialogAction, useDialogAction } from "@/components/forms/use-dialog-action";
import { LoadFailure } from "@/components/live/load-failure";
import { initialChoice, isNameTaken, plannedChoice, withoutGpu } from "@/components/sessions/launch-choice";
import { LimitField, PackField, WorkspaceField } from "@/components/sessions/launch-fields";
import { homePlannedLimit, homeWorkspacesLimit } from "@/components/sessions/limits";
import { useMayBegin } from "@/components/surface/may-begin";
import { Button } from "@/components/ui/button";
import { Dialog, DialogBody, DialogContent, DialogFooter } from "@/components/ui/dialog";
import { Skeleton } from "@/components/ui/skeleton";
import { toast } from "@/components/ui/toast-store";
import { api } from "@/lib/api/client";
import type { PackView } from "@/lib/fleet/model";
import type { SlotInput } from "@/lib/schedule/model";
import type { LimitsView } from "@/lib/sessions/model";
import type { PlannedStartView } from "@/lib/sessions/planned-model";
import type { WorkspaceView } from "@/lib/workspaces/model";

interface StartDialogProps {
  slot: SlotInput;
  name: string;
  /** When the reader's hours that begin with this one end; null where the week's end hides it. */
  until: string | null;
}

/** Has a session start by itself when an hour begins, or changes what was asked for, or takes it back. */
export function StartDialog({ slot, name, until, ...state }: DialogState & StartDialogProps) {
  const focus = useReturnFocus();
  const { dialog, ...action } = useDialogAction(state);
  const offer = useOffer(state.open);
  return (
    <Dialog {...dialog}>
      <DialogContent
        title="Start a session by itself"
        description={`${name}: when the hour begins, if it is yours then.`}
        {...focus}
      >
        {offer.failed ? (
          <DialogBody>
            <LoadFailure what="The form" error={offer.failed.error} onRetry={offer.failed.retry} />
          </DialogBody>
        ) : offer.data ? (
          <StartForm
            slot={slot}
            until={until}
            {...offer.data}
            {...action}
            onDone={() => state.onOpenChange(false)}
          />
        ) : (
          <DialogBody>
            <Skeleton className="h-40 w-full" />
          </DialogBody>
        )}
      </DialogContent>
    </Dialog>
  );
}

interface Offer {
  workspaces: readonly WorkspaceView[];
  packs: readonly PackView[];
  limits: LimitsView;
  planned: readonly PlannedStartView[];
}

/** What there is to choose from, asked for as the dialog opens. */
function useOffer(enabled: boolean) {
  const workspaces = useQuery(
    api.workspaces.list.queryOptions({ input: { limit: homeWorkspacesLimit }, enabled }),
  );
  const packs = useQuery(api.packs.list.queryOptions({ enabled }));
  const limits = useQuery(api.me.limits.queryOptions({ enabled }));
  const planned = useQuery(
    api.plannedStarts.list.queryOptions({ input: { state: "PLANNED", limit: homePlannedLimit }, enabled }),
  );
  const all = [workspaces, packs, limits, planned];
  const error = all.map((query) => query.error).find((one) => one !== null);
  const data: Offer | null =
    workspaces.data && packs.data && limits.data && planned.data
      ? {
          workspaces: workspaces.data.data,
          packs: packs.data.data,
          limits: limits.data.data,
          planned: planned.data.data,
        }
      : null;
  const retry = () => {
    for (const query of all) void query.refetch();
  };
  return { data, failed: error ? { error, retry } : null };
}

type StartFormProps = DialogAction &
  Offer &
  Pick<StartDialogProps, "slot" | "until"> & { onDone: () => void };

function StartForm(props: StartFormProps) {
  const { slot, until, workspaces, packs, limits, planned, busy, problem, run, onDone } = props;
  const queryClient = useQueryClient();
  const mayBegin = useMayBegin();
  const known = planned.find(
    (start) => start.gpu.id === slot.gpuId && Date.parse(start.slot) === Date.parse(slot.slot),
  );
  const [choice, setChoice] = useState(() => {
    const from = { workspaces, packs, gpus: [] };
    return known ? plannedChoice(known.launch, from) : initialChoice(null, from, []);
  });
  const fields = {
    choice,
    onChange: (change: Partial<typeof choice>) => setChoice({ ...choice, ...change }),
    errors: problem?.errors ?? {},
  };
  const finish = async (done: string) => {
    const stale = [api.plannedStarts.key(), api.schedule.me.key()];
    await Promise.all(stale.map((queryKey) => queryClient.invalidateQueries({ queryKey })));
    toast.success(done);
    onDone();
  };
  const plan = async () => {
    const result = await planStart({ ...slot, ...withoutGpu(choice, limits.maxDurationMinutes) });
    if (result.ok) await finish("A session starts by itself then");
    return result;
  };
  const drop = async () => {
    const result = await dropPlannedStart(slot);
    if (result.ok) await finish("No session starts by itself then");
    return result;
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    run(plan);
  };
  return (
    <form onSubmit={submit} noValidate>
      <DialogBody>
        <WorkspaceField {...fields} workspaces={workspaces} launching={false} ahead />
        <PackField {...fields} packs={packs} />
        <LimitField {...fields} longestMinutes={limits.maxDurationMinutes} ends={{ until }} />
        <ProblemNotice problem={problem} fields={["workspaceId", "workspaceName", "packId", "ttlMinutes"]} />
      </DialogBody>
      <DialogFooter>
        {known ? (
          <Button variant="danger-outline" busy={busy} onClick={() => run(drop)}>
            Don't start
          </Button>
        ) : null}
        <Button
          type="submit"
          variant="primary"
          busy={busy}
          disabled={!mayBegin || isNameTaken(choice, workspaces)}
        >
          {known ? "Change" : "Start by itself"}
        </Button>
      </DialogFooter>
    </form>
  );
}
