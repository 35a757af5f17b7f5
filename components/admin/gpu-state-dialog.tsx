"use client";

import { useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { updateGpu } from "@/app/(console)/admin/actions";
import { FormDialogFooter } from "@/components/forms/form-dialog-footer";
import type { DialogState } from "@/components/forms/opens-dialog";
import { ProblemNotice } from "@/components/forms/problem-notice";
import { useReturnFocus } from "@/components/forms/return-focus";
import { type DialogAction, useDialogAction } from "@/components/forms/use-dialog-action";
import { Dialog, DialogBody, DialogContent } from "@/components/ui/dialog";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { Select } from "@/components/ui/select";
import { api } from "@/lib/api/client";
import type { GpuState, GpuView } from "@/lib/fleet/model";
import { HoursFields, hoursChange, hoursDraft, hoursFieldNames } from "./hours-fields";

const consequences: Record<GpuState, string> = {
  available: "Anybody may launch on it.",
  draining: "What runs goes on; nothing new starts. For maintenance that can wait.",
  disabled: "Out of service: nothing new starts. A session that runs on it goes on until it is stopped.",
};

export function GpuStateDialog({ gpu, ...state }: DialogState & { gpu: GpuView }) {
  const focus = useReturnFocus();
  const { dialog, ...action } = useDialogAction(state);
  return (
    <Dialog {...dialog}>
      <DialogContent
        title={`GPU ${gpu.index} of ${gpu.node}`}
        description={
          gpu.holder ? `${gpu.holder.username} has a session on it, which goes on.` : "Nobody uses it now."
        }
        {...focus}
      >
        <StateForm gpu={gpu} onDone={() => state.onOpenChange(false)} {...action} />
      </DialogContent>
    </Dialog>
  );
}

function StateForm({ gpu, onDone, busy, problem, run }: DialogAction & { gpu: GpuView; onDone: () => void }) {
  const queryClient = useQueryClient();
  const [wanted, setWanted] = useState<GpuState>(gpu.state);
  const [reason, setReason] = useState(gpu.stateReason ?? "");
  const [hours, setHours] = useState(() => hoursDraft(gpu));
  const save = async () => {
    const result = await updateGpu({
      id: gpu.id,
      state: wanted,
      ...(wanted === "available" ? {} : { reason }),
      ...hoursChange(gpu, hours),
    });
    if (!result.ok) return result;
    await queryClient.invalidateQueries({ queryKey: api.admin.gpus.key() });
    onDone();
    return result;
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    run(save);
  };
  return (
    <form onSubmit={submit} noValidate>
      <DialogBody>
        <Field label="Service" hint={consequences[wanted]}>
          {(control) => (
            <Select {...control} value={wanted} onValueChange={(value) => setWanted(value as GpuState)}>
              <option value="available">Available</option>
              <option value="draining">Draining</option>
              <option value="disabled">Disabled</option>
            </Select>
          )}
        </Field>
        {wanted === "available" ? null : (
          <Field
            label="Reason"
            hint="Whoever wants to launch reads it: what is done, until when."
            error={problem?.errors?.reason}
          >
            {(control) => (
              <Input
                {...control}
                value={reason}
                maxLength={200}
                onChange={(event) => setReason(event.target.value)}
              />
            )}
          </Field>
        )}
        <HoursFields draft={hours} onChange={setHours} errors={problem?.errors} />
        <ProblemNotice problem={problem} fields={["reason", ...hoursFieldNames]} />
      </DialogBody>
      <FormDialogFooter busy={busy}>{busy ? "Saving" : "Save"}</FormDialogFooter>
    </form>
  );
}
