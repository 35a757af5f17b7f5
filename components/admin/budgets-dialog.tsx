"use client";

import { useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { changeBudgets } from "@/app/(console)/admin/actions";
import { FormDialogFooter } from "@/components/forms/form-dialog-footer";
import type { DialogState } from "@/components/forms/opens-dialog";
import { ProblemNotice } from "@/components/forms/problem-notice";
import { useReturnFocus } from "@/components/forms/return-focus";
import { type DialogAction, useDialogAction } from "@/components/forms/use-dialog-action";
import { Dialog, DialogBody, DialogContent } from "@/components/ui/dialog";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { Notice } from "@/components/ui/notice";
import { toast } from "@/components/ui/toast-store";
import { api } from "@/lib/api/client";
import type { BulkUpdateView } from "@/lib/auth/model";
import { doneText, doneTitle, previewTexts } from "./budgets";

/** Everybody's weekly budget by so much more or less: first what that does, then the change. */
export function BudgetsDialog(state: DialogState) {
  const focus = useReturnFocus();
  const { dialog, ...action } = useDialogAction(state);
  return (
    <Dialog {...dialog}>
      <DialogContent
        title="Everybody’s budgets"
        description="Changes the weekly budget of everybody who is not disabled. What they have now stays."
        width="sm"
        {...focus}
      >
        <BudgetsForm onDone={() => state.onOpenChange(false)} {...action} />
      </DialogContent>
    </Dialog>
  );
}

function BudgetsForm({ onDone, busy, problem, run }: DialogAction & { onDone: () => void }) {
  const [delta, setDelta] = useState("");
  /** What a delta would do: of another than stands in the field by now it is not shown, nor done. */
  const [seen, setSeen] = useState<{ delta: string; view: BulkUpdateView } | null>(null);
  const preview = seen?.delta === delta ? seen.view : null;
  const queryClient = useQueryClient();
  const look = async () => {
    const result = await changeBudgets({ delta, preview: true });
    if (result.ok) setSeen({ delta, view: result.data });
    return result;
  };
  const change = async () => {
    // Whose answer is lost may be done: nobody does it once more without having looked anew.
    setSeen(null);
    const result = await changeBudgets({ delta });
    if (!result.ok) return result;
    await queryClient.invalidateQueries({ queryKey: api.admin.users.key() });
    const description = doneText(result.data);
    toast.success(doneTitle(result.data), description === null ? {} : { description });
    onDone();
    return result;
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    run(preview === null ? look : change);
  };
  return (
    <form onSubmit={submit}>
      <DialogBody>
        <Field
          label="Credits a week, more or less"
          hint="10, or -10 for less."
          error={problem?.errors?.delta}
        >
          {(control) => (
            <Input
              {...control}
              name="delta"
              required
              autoComplete="off"
              value={delta}
              onChange={(event) => setDelta(event.target.value.trim().replace(/^\+/, ""))}
              className="font-mono"
            />
          )}
        </Field>
        <div aria-live="polite">
          {preview === null ? null : <Preview texts={previewTexts(delta, preview)} />}
        </div>
        <ProblemNotice problem={problem} fields={["delta"]} />
      </DialogBody>
      <FormDialogFooter busy={busy}>
        {preview === null ? "See what it does" : "Change budgets"}
      </FormDialogFooter>
    </form>
  );
}

function Preview({ texts: [first, ...more] }: { texts: readonly string[] }) {
  return (
    <Notice tone={more.length > 0 ? "warn" : "working"} title={first}>
      {more.length === 0 ? null : more.join(" ")}
    </Notice>
  );
}
