"use client";

import { useState } from "react";
import { ConfirmAction } from "@/components/forms/confirm-action";
import { Switch } from "@/components/ui/switch";
import type { UserView } from "@/lib/auth/model";
import { useUpdateUser } from "./use-update-user";

/** Whether the account may be used, changed after a confirmation. */
export function StandingSwitch({ user }: { user: UserView }) {
  const [asking, setAsking] = useState(false);
  const update = useUpdateUser();
  return (
    <>
      <Switch
        checked={!user.disabled}
        onCheckedChange={() => setAsking(true)}
        aria-label={`${user.username} may sign in`}
      />
      <ConfirmAction
        open={asking}
        onOpenChange={setAsking}
        title={user.disabled ? `Let ${user.username} in again?` : `Disable ${user.username}?`}
        description={
          user.disabled
            ? "They can sign in with their old password; their SSH keys work again in sessions that still run."
            : "They are signed out everywhere, their API tokens are refused and their SSH keys taken out of running sessions. Sessions and workspaces stay until you stop or they are let in again."
        }
        confirm={user.disabled ? "Let in" : "Disable"}
        cancel="Leave as it is"
        tone={user.disabled ? "primary" : "danger"}
        act={() => update({ id: user.id, disabled: !user.disabled })}
      />
    </>
  );
}
