"use client";

import { type FormEvent, useState } from "react";
import { removeWorkspace } from "@/app/(console)/workspaces/actions";
import type { DialogState } from "@/components/forms/opens-dialog";
import { ProblemNotice } from "@/components/forms/problem-notice";
import { useReturnFocus } from "@/components/forms/return-focus";
import { type DialogAction, useDialogAction } from "@/components/forms/use-dialog-action";
import { Button } from "@/components/ui/button";
import { Dialog, DialogBody, DialogClose, DialogContent, DialogFooter } from "@/components/ui/dialog";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import type { OperationView, WorkspaceView } from "@/lib/workspaces/model";

interface DeleteDialogProps {
  workspace: WorkspaceView;
  onStarted: (operation: OperationView) => void;
}

/** Asks for the workspace's name, letter by letter. */
export function DeleteDialog({ workspace, onStarted, ...state }: DeleteDialogProps & DialogState) {
  const focus = useReturnFocus();
  const { dialog, ...action } = useDialogAction(state);
  return (
    <Dialog {...dialog}>
      <DialogContent
        title={`Delete ${workspace.name}?`}
        description="Its files and all its snapshots are destroyed for good."
        {...focus}
      >
        <DeleteForm
          workspace={workspace}
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

function DeleteForm({ workspace, onStarted, busy, problem, run }: DeleteDialogProps & DialogAction) {
  const [typed, setTyped] = useState("");
  const remove = async () => {
    const result = await removeWorkspace({ id: workspace.id });
    if (result.ok) onStarted(result.data);
    return result;
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (typed === workspace.name) run(remove);
  };
  return (
    <form onSubmit={submit}>
      <DialogBody>
        <Field label={`Type ${workspace.name} to confirm`}>
          {(control) => (
            <Input
              {...control}
              value={typed}
              onChange={(event) => setTyped(event.target.value)}
              autoComplete="off"
              spellCheck={false}
            />
          )}
        </Field>
        <ProblemNotice problem={problem} />
      </DialogBody>
      <DialogFooter>
        <DialogClose asChild>
          <Button disabled={busy}>Keep it</Button>
        </DialogClose>
        <Button type="submit" variant="danger" busy={busy} disabled={typed !== workspace.name}>
          Delete for good
        </Button>
      </DialogFooter>
    </form>
  );
}
