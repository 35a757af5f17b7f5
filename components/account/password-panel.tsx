"use client";

import { useEffect } from "react";
import { changePassword } from "@/app/(console)/settings/actions";
import { PasswordInput } from "@/components/auth/password-input";
import { ProblemNotice } from "@/components/forms/problem-notice";
import { SubmitButton } from "@/components/forms/submit-button";
import { useFormAction } from "@/components/forms/use-form-action";
import { Field } from "@/components/ui/field";
import { Panel } from "@/components/ui/panel";
import { toast } from "@/components/ui/toast-store";

export function PasswordPanel({ username }: { username: string }) {
  const [state, action] = useFormAction(changePassword);
  const errors = state.problem?.errors ?? {};
  useEffect(() => {
    if (state.data)
      toast.success("Password changed", { description: "Every other login of yours has ended." });
  }, [state]);
  return (
    <Panel
      id="password"
      title="Password"
      description="Changing it signs you out everywhere else. SSH keys and API tokens stay."
    >
      <form action={action} noValidate className="flex max-w-85 flex-col gap-4">
        <ProblemNotice problem={state.problem} fields={["currentPassword", "newPassword"]} />
        {/* For password managers, which file a password under its user name. */}
        <input type="hidden" name="username" autoComplete="username" value={username} />
        <Field label="Current password" error={errors.currentPassword}>
          {(control) => (
            <PasswordInput {...control} name="currentPassword" autoComplete="current-password" required />
          )}
        </Field>
        <Field label="New password" hint="10 characters or more." error={errors.newPassword}>
          {(control) => (
            <PasswordInput {...control} name="newPassword" autoComplete="new-password" required />
          )}
        </Field>
        <SubmitButton variant="secondary" className="self-start">
          Change password
        </SubmitButton>
      </form>
    </Panel>
  );
}
