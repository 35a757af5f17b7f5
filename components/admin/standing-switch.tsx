"use client";

import { ConfirmAction } from "@/components/forms/confirm-action";
import { Switch } from "@/components/ui/switch";
import type { UserView } from "@/lib/auth/model";
import { useUpdateUser } from "./use-update-user";

/** Whether the account may be used, changed after a confirmation. */
export function StandingSwitch({ user }: { user: UserView }) {
  const update = useUpdateUser();
  return (
    <ConfirmAction
      title={user.disabled ? `Let ${user.username} in again?` : `Disable ${user.username}?`}
      description={
        user.disabled
          ? "They can sign in with their old password; their SSH keys work again in sessions that still run."
          : "They are signed out everywhere, their API tokens are refused and their SSH keys taken out of running sessions. Their sessions and workspaces stay."
      }
      confirm={user.disabled ? "Let in" : "Disable"}
      cancel="Leave as it is"
      tone={user.disabled ? "primary" : "danger"}
      act={() => update({ id: user.id, disabled: !user.disabled })}
    >
      <Switch checked={!user.disabled} aria-label={`${user.username} may sign in`} />
    </ConfirmAction>
  );
}
