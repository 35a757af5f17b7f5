"use client";

import type { FormEvent } from "react";
import { FormDialogFooter } from "@/components/forms/form-dialog-footer";
import type { DialogState } from "@/components/forms/opens-dialog";
import { ProblemNotice } from "@/components/forms/problem-notice";
import { useReturnFocus } from "@/components/forms/return-focus";
import { type DialogAction, useDialogAction } from "@/components/forms/use-dialog-action";
import { Dialog, DialogBody, DialogContent } from "@/components/ui/dialog";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { toast } from "@/components/ui/toast-store";
import type { UserView } from "@/lib/auth/model";
import { type Draft, useDraft } from "./draft";
import { LimitFields } from "./limit-fields";
import { limitFieldNames } from "./limits";
import { useUpdateUser } from "./use-update-user";

const unchanged = { ok: true } as const;

export function LimitsDialog({ user, ...state }: DialogState & { user: UserView }) {
  const focus = useReturnFocus();
  const { dialog, ...action } = useDialogAction(state);
  return (
    <Dialog {...dialog}>
      <DialogContent
        title={`Limits of ${user.username}`}
        description="They hold from the next launch on; the week's hours also for what runs."
        {...focus}
      >
        <LimitsForm user={user} onDone={() => state.onOpenChange(false)} {...action} />
      </DialogContent>
    </Dialog>
  );
}

function LimitsForm({
  user,
  onDone,
  busy,
  problem,
  run,
}: DialogAction & { user: UserView; onDone: () => void }) {
  const update = useUpdateUser();
  const draft = useDraft(limitsOf(user));
  const credits = useDraft<Record<keyof typeof amountFields, number | null>>({
    weeklyBudget: user.weeklyBudget === null ? null : Number(user.weeklyBudget),
    // What they have changes by itself: it is set, and never shown as if it stood still.
    balance: null,
    dollars: null,
  });
  const save = async () => {
    const { weeklyBudget, balance, dollars } = credits.changed();
    const changed = {
      ...draft.changed(),
      // Over the wire it is text; what is empty is the lab's default again.
      ...(weeklyBudget === undefined
        ? {}
        : { weeklyBudget: weeklyBudget === null ? null : String(weeklyBudget) }),
      ...(typeof balance === "number" ? { balance: String(balance) } : {}),
      ...(typeof dollars === "number" ? { dollars: String(dollars) } : {}),
    };
    const result = Object.keys(changed).length === 0 ? unchanged : await update({ id: user.id, ...changed });
    if (!result.ok) return result;
    if (result !== unchanged) toast.success(`Limits of ${user.username} saved`);
    onDone();
    return result;
  };
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    run(save);
  };
  return (
    <form onSubmit={submit}>
      <DialogBody>
        <LimitFields draft={draft} errors={problem?.errors} />
        <div className="grid gap-4 sm:grid-cols-2">
          <AmountField name="weeklyBudget" draft={credits} error={problem?.errors?.weeklyBudget} />
          <AmountField name="balance" draft={credits} error={problem?.errors?.balance} />
          <AmountField name="dollars" draft={credits} error={problem?.errors?.dollars} />
        </div>
        <ProblemNotice problem={problem} fields={[...limitFieldNames, ...Object.keys(amountFields)]} />
      </DialogBody>
      <FormDialogFooter busy={busy}>{busy ? "Saving" : "Save"}</FormDialogFooter>
    </form>
  );
}

const amountFields = {
  weeklyBudget: {
    label: "Credits a week",
    hint: "For hours of auctioned GPUs, from the next turn of a week on.",
    placeholder: "the lab's default",
  },
  balance: {
    label: "Set their credits to",
    hint: "Held ones among them; the difference is a correction on their statement.",
    placeholder: "as they are",
  },
  dollars: {
    label: "Set their dollars to",
    hint: "For GPUs that are booked at a rate in USD.",
    placeholder: "as they are",
  },
} as const;

interface AmountFieldProps {
  name: keyof typeof amountFields;
  draft: Draft;
  error: string | undefined;
}

function AmountField({ name, draft, error }: AmountFieldProps) {
  const { label, hint, placeholder } = amountFields[name];
  return (
    <Field label={label} hint={hint} error={error} optional>
      {(control) => (
        <Input
          {...control}
          name={name}
          type="number"
          min={0}
          step={0.01}
          value={draft.text(name)}
          onChange={(event) => draft.type(name, event.target.value)}
          placeholder={placeholder}
          className="font-mono"
        />
      )}
    </Field>
  );
}

function limitsOf({ maxSessions, maxGpuHoursPerWeek, maxDiskGb, maxDurationMinutes }: UserView) {
  return { maxSessions, maxGpuHoursPerWeek, maxDiskGb, maxDurationMinutes };
}
