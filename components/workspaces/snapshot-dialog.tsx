"use client";

import { type FormEvent, useState } from "react";
import { takeSnapshot } from "@/app/(console)/workspaces/actions";
import { FormDialogFooter } from "@/components/forms/form-dialog-footer";
import type { DialogState } from "@/components/forms/opens-dialog";
import { ProblemNotice } from "@/components/forms/problem-notice";
import { useReturnFocus } from "@/components/forms/return-focus";
import { type DialogAction, useDialogAction } from "@/components/forms/use-dialog-action";
import { Dialog, DialogBody, DialogContent } from "@/components/ui/dialog";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import type { OperationView } from "@/lib/workspaces/model";

interface SnapshotDialogProps {
  workspaceId: string;
  onStarted: (operation: OperationView) => void;
}

export function SnapshotDialog({ workspaceId, onStarted, ...state }: SnapshotDialogProps & DialogState) {
  const focus = useReturnFocus();
  const { dialog, ...action } = useDialogAction(state);
  return (
    <Dialog {...dialog}>
      <DialogContent
        width="sm"
        title="Take a snapshot"
        description="It holds every file as it is now. A running session is not disturbed."
        {...focus}
      >
        <SnapshotForm
          workspaceId={workspaceId}
          onStarted={(operation) => {
            state.onOpenChange(false);
            onStarted(operation);
          }}
          {...action}
        />
      </DialogContent>
    </Dialog>
  );
}

function SnapshotForm({ workspaceId, onStarted, busy, problem, run }: SnapshotDialogProps & DialogAction) {
  const [name, setName] = useState("");
  const take = async () => {
    const result = await takeSnapshot({ id: workspaceId, ...(name.trim() ? { name: name.trim() } : {}) });
    if (result.ok) onStarted(result.data);
    return result;
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    run(take);
  };
  return (
    <form onSubmit={submit}>
      <DialogBody>
        <Field label="Name" optional error={problem?.errors?.name}>
          {(control) => (
            <Input
              {...control}
              value={name}
              maxLength={64}
              autoComplete="off"
              placeholder="before the sweep"
              onChange={(event) => setName(event.target.value)}
            />
          )}
        </Field>
        <ProblemNotice problem={problem} fields={["name"]} />
      </DialogBody>
      <FormDialogFooter busy={busy}>Take it now</FormDialogFooter>
    </form>
  );
}
