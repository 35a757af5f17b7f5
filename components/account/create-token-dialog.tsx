"use client";

import { useActionState, useState } from "react";
import { createApiToken } from "@/app/(console)/settings/actions";
import { untouched } from "@/components/forms/form-state";
import { ProblemNotice } from "@/components/forms/problem-notice";
import { SubmitButton } from "@/components/forms/submit-button";
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
import { Select } from "@/components/ui/select";
import { TokenOnce } from "./token-once";

const lifetimes = [
  { days: "7", label: "7 days" },
  { days: "30", label: "30 days" },
  { days: "90", label: "90 days" },
  { days: "365", label: "1 year" },
  { days: "0", label: "Never" },
] as const;

export function CreateTokenDialog({ labUrl }: { labUrl: string }) {
  const [open, setOpen] = useState(false);
  // A new form for each opening, so that no earlier secret is shown again.
  const [round, setRound] = useState(0);
  return (
    <Dialog
      open={open}
      onOpenChange={(next) => {
        setOpen(next);
        if (next) setRound(round + 1);
      }}
    >
      <DialogTrigger asChild>
        <Button size="sm">New token</Button>
      </DialogTrigger>
      <CreateTokenForm key={round} labUrl={labUrl} />
    </Dialog>
  );
}

function CreateTokenForm({ labUrl }: { labUrl: string }) {
  const [state, action] = useActionState(createApiToken, untouched);
  if (state.data) {
    return (
      <DialogContent
        title={`API token ${state.data.name}`}
        description="This is the only time it is shown."
        // A press beside the dialog must not lose the secret.
        onInteractOutside={(event) => event.preventDefault()}
      >
        <TokenOnce token={state.data.token} labUrl={labUrl} />
      </DialogContent>
    );
  }
  const errors = state.problem?.errors ?? {};
  return (
    <DialogContent title="New API token" description="Name it after the script or computer that will use it.">
      <form action={action} noValidate>
        <DialogBody>
          <ProblemNotice problem={state.problem} fields={["name", "expiresAt"]} />
          <Field label="Name" error={errors.name}>
            {(control) => (
              <Input
                {...control}
                name="name"
                defaultValue={state.values.name}
                maxLength={64}
                autoComplete="off"
                required
              />
            )}
          </Field>
          <Field label="Expires after" error={errors.expiresAt}>
            {(control) => (
              <Select {...control} name="expiresInDays" defaultValue={state.values.expiresInDays ?? "90"}>
                {lifetimes.map(({ days, label }) => (
                  <option key={days} value={days}>
                    {label}
                  </option>
                ))}
              </Select>
            )}
          </Field>
        </DialogBody>
        <DialogFooter>
          <DialogClose asChild>
            <Button>Cancel</Button>
          </DialogClose>
          <SubmitButton>Create token</SubmitButton>
        </DialogFooter>
      </form>
    </DialogContent>
  );
}
