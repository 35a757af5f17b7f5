"use client";

import { useQueryClient } from "@tanstack/react-query";
import { useRouter } from "next/navigation";
import { type FormEvent, useState, useTransition } from "react";
import { createWorkspace } from "@/app/(console)/workspaces/actions";
import type { DialogState } from "@/components/forms/opens-dialog";
import { ProblemNotice, type ShownProblem } from "@/components/forms/problem-notice";
import { useReturnFocus } from "@/components/forms/return-focus";
import { Button } from "@/components/ui/button";
import { Dialog, DialogBody, DialogClose, DialogContent, DialogFooter } from "@/components/ui/dialog";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { api } from "@/lib/api/client";

export function CreateDialog({ defaultQuotaGb, ...state }: DialogState & { defaultQuotaGb: number }) {
  const focus = useReturnFocus();
  return (
    <Dialog {...state}>
      <DialogContent
        title="New workspace"
        description="A folder of its own with snapshots. It takes no GPU until you launch on it."
        {...focus}
      >
        <CreateForm defaultQuotaGb={defaultQuotaGb} />
      </DialogContent>
    </Dialog>
  );
}

function CreateForm({ defaultQuotaGb }: { defaultQuotaGb: number }) {
  const router = useRouter();
  const queryClient = useQueryClient();
  const [busy, start] = useTransition();
  const [problem, setProblem] = useState<ShownProblem | null>(null);
  const create = async (form: FormData) => {
    const quota = Number(form.get("quotaGb"));
    const result = await createWorkspace({ name: String(form.get("name") ?? ""), quotaGb: quota });
    if (!result.ok) return setProblem(result.problem);
    await queryClient.invalidateQueries({ queryKey: api.workspaces.key() });
    router.push(`/workspaces/${result.data.id}`);
  };
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    if (!busy) start(() => create(form));
  };
  return (
    <form onSubmit={submit} noValidate>
      <DialogBody>
        <Field
          label="Name"
          hint="For you alone; letters, digits, space, . _ and -"
          error={problem?.errors?.name}
        >
          {(control) => (
            <Input {...control} name="name" maxLength={40} autoComplete="off" spellCheck={false} autoFocus />
          )}
        </Field>
        <Field
          label="Quota in GB"
          hint="The most it may hold, snapshots not counted."
          error={problem?.errors?.quotaGb}
        >
          {(control) => (
            <Input
              {...control}
              name="quotaGb"
              type="number"
              min={1}
              max={2000}
              step={1}
              defaultValue={defaultQuotaGb}
              className="font-mono"
            />
          )}
        </Field>
        <ProblemNotice problem={problem} fields={["name", "quotaGb"]} />
      </DialogBody>
      <DialogFooter>
        <DialogClose asChild>
          <Button>Cancel</Button>
        </DialogClose>
        <Button type="submit" variant="primary" busy={busy}>
          {busy ? "Creating" : "Create"}
        </Button>
      </DialogFooter>
    </form>
  );
}
