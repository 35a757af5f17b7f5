"use client";

import { type FormEvent, useState, useTransition } from "react";
import { removeWorkspace } from "@/app/(console)/workspaces/actions";
import { ProblemNotice, type ShownProblem } from "@/components/forms/problem-notice";
import { Button } from "@/components/ui/button";
import {
  Dialog,
  DialogBody,
  DialogClose,
  DialogContent,
  DialogFooter,
  DialogTrigger,
} from "@/components/ui/dialog";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { Panel } from "@/components/ui/panel";
import type { OperationView, WorkspaceView } from "@/lib/workspaces/model";

export interface DeletePanelProps {
  workspace: WorkspaceView;
  possible: boolean;
  onStarted: (operation: OperationView) => void;
}

/** The one thing that can't be undone: asked for by typing the workspace's name. */
export function DeletePanel({ workspace, possible, onStarted }: DeletePanelProps) {
  const [open, setOpen] = useState(false);
  const snapshots = `${workspace.snapshotCount} ${workspace.snapshotCount === 1 ? "snapshot" : "snapshots"}`;
  return (
    <Panel title="Delete this workspace" tone="danger">
      <div className="flex flex-wrap items-center justify-between gap-3 text-sm">
        <p className="max-w-prose text-muted-foreground">
          Its files and {snapshots} are destroyed. Nobody can bring them back, an admin neither.
        </p>
        <Dialog open={open} onOpenChange={setOpen}>
          <DialogTrigger asChild>
            <Button variant="danger-outline" disabled={!possible}>
              Delete
            </Button>
          </DialogTrigger>
          <DialogContent
            title={`Delete ${workspace.name}?`}
            description={`Its files and ${snapshots} are destroyed for good.`}
          >
            <DeleteForm
              workspace={workspace}
              onStarted={(operation) => {
                setOpen(false);
                onStarted(operation);
              }}
            />
          </DialogContent>
        </Dialog>
      </div>
    </Panel>
  );
}

function DeleteForm({ workspace, onStarted }: Omit<DeletePanelProps, "possible">) {
  const [typed, setTyped] = useState("");
  const [busy, start] = useTransition();
  const [problem, setProblem] = useState<ShownProblem | null>(null);
  const remove = async () => {
    const result = await removeWorkspace({ id: workspace.id });
    if (result.ok) onStarted(result.data);
    else setProblem(result.problem);
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (typed === workspace.name && !busy) start(remove);
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
              autoFocus
            />
          )}
        </Field>
        <ProblemNotice problem={problem} />
      </DialogBody>
      <DialogFooter>
        <DialogClose asChild>
          <Button>Keep it</Button>
        </DialogClose>
        <Button type="submit" variant="danger" busy={busy} disabled={typed !== workspace.name}>
          Delete for good
        </Button>
      </DialogFooter>
    </form>
  );
}
