"use client";

import { type FormEvent, useState, useTransition } from "react";
import { takeSnapshot } from "@/app/(console)/workspaces/actions";
import { ProblemNotice, type ShownProblem } from "@/components/forms/problem-notice";
import { Button } from "@/components/ui/button";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { Popover, PopoverContent, PopoverTrigger } from "@/components/ui/popover";
import type { OperationView } from "@/lib/workspaces/model";

export interface SnapshotButtonProps {
  workspaceId: string;
  possible: boolean;
  onStarted: (operation: OperationView) => void;
}

/** Takes a snapshot now, with a name if one is given; works under a running session too. */
export function SnapshotButton({ workspaceId, possible, onStarted }: SnapshotButtonProps) {
  const [open, setOpen] = useState(false);
  const [name, setName] = useState("");
  const [busy, start] = useTransition();
  const [problem, setProblem] = useState<ShownProblem | null>(null);
  const take = async () => {
    setProblem(null);
    const result = await takeSnapshot({ id: workspaceId, ...(name.trim() ? { name: name.trim() } : {}) });
    if (!result.ok) return setProblem(result.problem);
    onStarted(result.data);
    setName("");
    setOpen(false);
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (!busy) start(take);
  };
  return (
    <Popover open={open} onOpenChange={setOpen}>
      <PopoverTrigger asChild>
        <Button disabled={!possible}>Take a snapshot</Button>
      </PopoverTrigger>
      <PopoverContent align="end" aria-label="Take a snapshot">
        <form onSubmit={submit} className="flex flex-col gap-3">
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
          <Button type="submit" variant="primary" busy={busy}>
            Take it now
          </Button>
        </form>
      </PopoverContent>
    </Popover>
  );
}
