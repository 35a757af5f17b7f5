"use client";

import { useQueryClient } from "@tanstack/react-query";
import { useRouter } from "next/navigation";
import type { FormEvent } from "react";
import { createWorkspace } from "@/app/(console)/workspaces/actions";
import { FormDialogFooter } from "@/components/forms/form-dialog-footer";
import type { DialogState } from "@/components/forms/opens-dialog";
import { ProblemNotice } from "@/components/forms/problem-notice";
import { useReturnFocus } from "@/components/forms/return-focus";
import { type DialogAction, useDialogAction } from "@/components/forms/use-dialog-action";
import { Dialog, DialogBody, DialogContent } from "@/components/ui/dialog";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { api } from "@/lib/api/client";

export function CreateDialog({ defaultQuotaGb, ...state }: DialogState & { defaultQuotaGb: number }) {
  const focus = useReturnFocus();
  const { dialog, ...action } = useDialogAction(state);
  return (
    <Dialog {...dialog}>
      <DialogContent
        title="New workspace"
        description="A folder of its own with snapshots. It takes no GPU until you launch on it."
        {...focus}
      >
        <CreateForm defaultQuotaGb={defaultQuotaGb} {...action} />
      </DialogContent>
    </Dialog>
  );
}

function CreateForm({ defaultQuotaGb, busy, problem, run }: DialogAction & { defaultQuotaGb: number }) {
  const router = useRouter();
  const queryClient = useQueryClient();
  const create = async (form: FormData) => {
    const quota = Number(form.get("quotaGb"));
    const result = await createWorkspace({ name: String(form.get("name") ?? ""), quotaGb: quota });
    if (!result.ok) return result;
    await queryClient.invalidateQueries({ queryKey: api.workspaces.key() });
    router.push(`/workspaces/${result.data.id}`);
    return result;
  };
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    run(() => create(form));
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
            <Input {...control} name="name" maxLength={40} autoComplete="off" spellCheck={false} />
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
      <FormDialogFooter busy={busy}>{busy ? "Creating" : "Create"}</FormDialogFooter>
    </form>
  );
}
