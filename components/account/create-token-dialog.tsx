"use client";

import { useState } from "react";
import { createApiToken } from "@/app/(console)/settings/actions";
import { ProblemNotice } from "@/components/forms/problem-notice";
import { SubmitButton } from "@/components/forms/submit-button";
import { useFormAction } from "@/components/forms/use-form-action";
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
import { tokenLifetimes } from "./token-expiry";
import { TokenOnce } from "./token-once";

export interface CreateTokenDialogProps {
  labUrl: string;
  /** A request that needs the token, for the one time that it is shown; without it one that asks who one is. */
  example?: (token: string) => string;
  /** Whether it is open from the first. */
  initiallyOpen?: boolean;
}

export function CreateTokenDialog({ initiallyOpen = false, ...props }: CreateTokenDialogProps) {
  const [open, setOpen] = useState(initiallyOpen);
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
      <CreateTokenForm key={round} {...props} />
    </Dialog>
  );
}

function CreateTokenForm({ labUrl, example }: Omit<CreateTokenDialogProps, "initiallyOpen">) {
  const [state, action, pending] = useFormAction(createApiToken);
  const lifetime = state.values.expiresInDays ?? "90";
  if (state.data) {
    return (
      <DialogContent
        title={`API token ${state.data.name}`}
        description="This is the only time it is shown."
        // Nothing but the button that says so may lose the secret.
        locked
      >
        <TokenOnce token={state.data.token} labUrl={labUrl} example={example} />
      </DialogContent>
    );
  }
  const errors = state.problem?.errors ?? {};
  return (
    <DialogContent
      title="New API token"
      description="Name it after the script or computer that will use it."
      // Closed now, it would be made and its secret never seen.
      locked={pending}
    >
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
              // React resets the form after its action; a select of its own keeps what was chosen.
              <Select key={lifetime} {...control} name="expiresInDays" defaultValue={lifetime}>
                {tokenLifetimes.map(({ days, label }) => (
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
            <Button disabled={pending}>Cancel</Button>
          </DialogClose>
          <SubmitButton>Create token</SubmitButton>
        </DialogFooter>
      </form>
    </DialogContent>
  );
}
