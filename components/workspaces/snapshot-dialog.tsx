"use client";

import { type FormEvent, useState, useTransition } from "react";
import { takeSnapshot } from "@/app/(console)/workspaces/actions";
import type { DialogState } from "@/components/forms/opens-dialog";
import { ProblemNotice, type ShownProblem } from "@/components/forms/problem-notice";
import { useReturnFocus } from "@/components/forms/return-focus";
import { Button } from "@/components/ui/button";
import { Dialog, DialogBody, DialogClose, DialogContent, DialogFooter } from "@/components/ui/dialog";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import type { OperationView } from "@/lib/workspaces/model";

interface SnapshotDialogProps {
  workspaceId: string;
  onStarted: (operation: OperationView) => void;
}

export function SnapshotDialog({ workspaceId, onStarted, ...state }: SnapshotDialogProps & DialogState) {
  const focus = useReturnFocus();
  return (
    <Dialog {...state}>
      <DialogContent
        width="sm"
        title="Take a snapshot"
        description="Of every file as it is now. A session that runs goes on undisturbed."
        {...focus}
      >
        <SnapshotForm
          workspaceId={workspaceId}
          onStarted={(operation) => {
            state.onOpenChange(false);
            onStarted(operation);
          }}
        />
      </DialogContent>
    </Dialog>
  );
}

function SnapshotForm({ workspaceId, onStarted }: SnapshotDialogProps) {
  const [name, setName] = useState("");
  const [busy, start] = useTransition();
  const [problem, setProblem] = useState<ShownProblem | null>(null);
  const take = async () => {
    setProblem(null);
    const result = await takeSnapshot({ id: workspaceId, ...(name.trim() ? { name: name.trim() } : {}) });
    if (result.ok) onStarted(result.data);
    else setProblem(result.problem);
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (!busy) start(take);
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
              autoFocus
              onChange={(event) => setName(event.target.value)}
            />
          )}
        </Field>
        <ProblemNotice problem={problem} fields={["name"]} />
      </DialogBody>
      <DialogFooter>
        <DialogClose asChild>
          <Button>Cancel</Button>
        </DialogClose>
        <Button type="submit" variant="primary" busy={busy}>
          Take it now
        </Button>
      </DialogFooter>
    </form>
  );
}
