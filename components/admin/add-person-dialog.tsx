"use client";

import { useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { createUser } from "@/app/(console)/admin/actions";
import { FormDialogFooter } from "@/components/forms/form-dialog-footer";
import type { DialogState } from "@/components/forms/opens-dialog";
import { ProblemNotice } from "@/components/forms/problem-notice";
import { useReturnFocus } from "@/components/forms/return-focus";
import { type DialogAction, useDialogAction } from "@/components/forms/use-dialog-action";
import { Button } from "@/components/ui/button";
import { CodeBlock } from "@/components/ui/code-block";
import { Dialog, DialogBody, DialogContent, DialogFooter } from "@/components/ui/dialog";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { api } from "@/lib/api/client";
import { firstPassword, passwordBytes } from "./first-password";

const fields = ["username", "email", "password", "weeklyBudget"] as const;
type Values = Record<(typeof fields)[number], string>;

const newValues = (): Values => ({
  username: "",
  email: "",
  password: firstPassword(crypto.getRandomValues(new Uint8Array(passwordBytes))),
  weeklyBudget: "",
});

/** Makes an account for somebody; what they sign in with is shown once, to hand over. */
export function AddPersonDialog(state: DialogState) {
  const focus = useReturnFocus();
  const [values, setValues] = useState(newValues);
  const [made, setMade] = useState(false);
  const change = (open: boolean) => {
    state.onOpenChange(open);
    if (open) return;
    setMade(false);
    setValues(newValues());
  };
  const { dialog, ...action } = useDialogAction({ ...state, onOpenChange: change });
  if (made) {
    return (
      <Dialog {...dialog}>
        <DialogContent
          title={`${values.username} can sign in`}
          description="Hand this over. It is the only time that the password is shown."
          // Nothing but the button that says so may lose it.
          locked
          {...focus}
        >
          <DialogBody>
            <CodeBlock
              code={`User name: ${values.username}\nPassword: ${values.password}`}
              label="user name and password"
            />
            <p className="text-muted-foreground text-sm">They change the password under Settings.</p>
          </DialogBody>
          <DialogFooter>
            <Button variant="primary" onClick={() => change(false)}>
              I have handed it over
            </Button>
          </DialogFooter>
        </DialogContent>
      </Dialog>
    );
  }
  return (
    <Dialog {...dialog}>
      <DialogContent
        title="Add a person"
        description="They get the limits of new accounts, which you may change afterwards."
        locked={action.busy}
        {...focus}
      >
        <AddPersonForm values={values} setValues={setValues} onMade={() => setMade(true)} {...action} />
      </DialogContent>
    </Dialog>
  );
}

interface FormProps extends DialogAction {
  values: Values;
  setValues: (values: Values) => void;
  onMade: () => void;
}

function AddPersonForm({ values, setValues, onMade, busy, problem, run }: FormProps) {
  const queryClient = useQueryClient();
  const add = async () => {
    const { weeklyBudget, ...account } = values;
    const budget = weeklyBudget.trim();
    const result = await createUser({ ...account, ...(budget === "" ? {} : { weeklyBudget: budget }) });
    if (!result.ok) return result;
    await queryClient.invalidateQueries({ queryKey: api.admin.users.key() });
    setValues({ ...values, username: result.data.username });
    onMade();
    return result;
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    run(add);
  };
  const input = (name: keyof Values) => ({
    name,
    value: values[name],
    onChange: (event: { target: { value: string } }) => setValues({ ...values, [name]: event.target.value }),
  });
  const errors: Readonly<Record<string, string>> = problem?.errors ?? {};
  const plain = { autoComplete: "off", autoCapitalize: "none", spellCheck: false } as const;
  return (
    <form onSubmit={submit} noValidate>
      <DialogBody>
        <ProblemNotice problem={problem} fields={fields} />
        <Field label="User name" hint="3 to 32 characters: a–z, 0–9, - and _." error={errors.username}>
          {(control) => <Input {...control} {...plain} {...input("username")} maxLength={32} required />}
        </Field>
        <Field label="Email" error={errors.email}>
          {(control) => <Input {...control} {...plain} {...input("email")} type="email" required />}
        </Field>
        <Field
          label="Password"
          hint="Made for them, to hand over; any other of 10 characters or more will do."
          error={errors.password}
        >
          {(control) => (
            <Input {...control} {...plain} {...input("password")} className="font-mono" required />
          )}
        </Field>
        <Field
          label="Credits a week"
          hint="For hours of auctioned GPUs. The first come at once."
          error={errors.weeklyBudget}
          optional
        >
          {(control) => (
            <Input
              {...control}
              {...input("weeklyBudget")}
              type="number"
              min={0}
              step={0.01}
              placeholder="the lab's default"
              className="font-mono"
            />
          )}
        </Field>
      </DialogBody>
      <FormDialogFooter busy={busy}>{busy ? "Adding" : "Add"}</FormDialogFooter>
    </form>
  );
}
