"use client";

import { login } from "@/app/(auth)/actions";
import { ProblemNotice } from "@/components/forms/problem-notice";
import { SubmitButton } from "@/components/forms/submit-button";
import { useFormAction } from "@/components/forms/use-form-action";
import { Field } from "@/components/ui/field";
import { Input } from "@/components/ui/input";
import { PasswordInput } from "./password-input";

/** `next` is where to go afterwards, already made safe. */
export function LoginForm({ next }: { next: string }) {
  const [state, action] = useFormAction(login);
  const errors = state.problem?.errors ?? {};
  return (
    <form
      action={action}
      noValidate
      className="flex flex-col gap-4 [&_[data-slot=input]]:h-9 pointer-coarse:[&_[data-slot=input]]:h-11"
    >
      <ProblemNotice problem={state.problem} fields={["login", "password"]} />
      <input type="hidden" name="next" value={next} />
      <Field label="User name or email" error={errors.login}>
        {(control) => (
          <Input
            {...control}
            name="login"
            autoComplete="username"
            autoCapitalize="none"
            spellCheck={false}
            defaultValue={state.values.login}
            required
            autoFocus
          />
        )}
      </Field>
      <Field label="Password" error={errors.password}>
        {(control) => <PasswordInput {...control} name="password" autoComplete="current-password" required />}
      </Field>
      <SubmitButton className="mt-1 h-9 pointer-coarse:h-11">Sign in</SubmitButton>
    </form>
  );
}
