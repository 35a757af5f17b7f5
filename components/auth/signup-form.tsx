"use client";

import { register } from "@/app/(auth)/actions";
import { ProblemNotice } from "@/components/forms/problem-notice";
import { SubmitButton } from "@/components/forms/submit-button";
import { useFormAction } from "@/components/forms/use-form-action";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { PasswordInput } from "./password-input";

export function SignupForm({ next }: { next: string }) {
  const [state, action] = useFormAction(register);
  const errors = state.problem?.errors ?? {};
  return (
    <form
      action={action}
      noValidate
      className="flex flex-col gap-4 [&_[data-slot=input]]:h-9 pointer-coarse:[&_[data-slot=input]]:h-11"
    >
      <ProblemNotice problem={state.problem} fields={["username", "email", "password"]} />
      <input type="hidden" name="next" value={next} />
      <Field
        label="User name"
        hint="3 to 32 characters: a–z, 0–9, - and _. Others in the lab see it."
        error={errors.username}
      >
        {(control) => (
          <Input
            {...control}
            name="username"
            autoComplete="username"
            autoCapitalize="none"
            spellCheck={false}
            defaultValue={state.values.username}
            required
            autoFocus
          />
        )}
      </Field>
      <Field label="Email" error={errors.email}>
        {(control) => (
          <Input
            {...control}
            name="email"
            type="email"
            autoComplete="email"
            defaultValue={state.values.email}
            required
          />
        )}
      </Field>
      <Field
        label="Password"
        hint="10 characters or more. Length counts, symbols don't."
        error={errors.password}
      >
        {(control) => <PasswordInput {...control} name="password" autoComplete="new-password" required />}
      </Field>
      <SubmitButton className="mt-1 h-9 pointer-coarse:h-11">Create account</SubmitButton>
    </form>
  );
}
