"use client";

import { useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { cleanUpWeeks } from "@/app/(console)/admin/actions";
import { FormDialogFooter } from "@/components/forms/form-dialog-footer";
import type { DialogState } from "@/components/forms/opens-dialog";
import { ProblemNotice } from "@/components/forms/problem-notice";
import { useReturnFocus } from "@/components/forms/return-focus";
import { useDialogAction } from "@/components/forms/use-dialog-action";
import { Dialog, DialogBody, DialogContent } from "@/components/ui/dialog";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { toast } from "@/components/ui/toast-store";
import { api } from "@/lib/api/client";

/** A year of them, which is what people ask back for. */
const usualKeep = "52";
const mostKept = 1_000;

/** Removes what happened in old weeks. */
export function CleanupDialog(state: DialogState) {
  const focus = useReturnFocus();
  const { dialog, busy, problem, run } = useDialogAction(state);
  const [keep, setKeep] = useState(usualKeep);
  const queryClient = useQueryClient();
  const cleanUp = async () => {
    const result = await cleanUpWeeks({ keep: Number(keep) });
    if (!result.ok) return result;
    const { weeks, slots, bids } = result.data;
    await queryClient.invalidateQueries({ queryKey: api.admin.weeks.key() });
    toast.success(
      weeks === 0 ? "No week is that old" : `Removed ${weeks} weeks: ${slots} hours and ${bids} bids`,
    );
    state.onOpenChange(false);
    return result;
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    run(cleanUp);
  };
  return (
    <Dialog {...dialog}>
      <DialogContent
        title="Clean up old weeks"
        description="Who bid what in weeks that are over is removed for good, all but the newest. What was paid stays in the ledger."
        width="sm"
        {...focus}
      >
        <form onSubmit={submit}>
          <DialogBody>
            <Field label="Weeks to keep" hint="Of those that are over." error={problem?.errors?.keep}>
              {(control) => (
                <Input
                  {...control}
                  type="number"
                  required
                  min={1}
                  max={mostKept}
                  value={keep}
                  onChange={(event) => setKeep(event.target.value)}
                  className="font-mono"
                />
              )}
            </Field>
            <ProblemNotice problem={problem} fields={["keep"]} />
          </DialogBody>
          <FormDialogFooter busy={busy}>{busy ? "Removing" : "Remove"}</FormDialogFooter>
        </form>
      </DialogContent>
    </Dialog>
  );
}
