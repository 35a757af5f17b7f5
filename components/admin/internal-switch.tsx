"use client";

import { ConfirmAction } from "@/components/forms/confirm-action";
import { Switch } from "@/components/ui/switch";
import type { UserView } from "@/lib/auth/model";
import { useUpdateUser } from "./use-update-user";

/** Whether the person may use the internal side, changed after a confirmation. */
export function InternalSwitch({ user }: { user: UserView }) {
  const update = useUpdateUser();
  const { canUseInternal, username } = user;
  return (
    <ConfirmAction
      title={
        canUseInternal ? `Withdraw internal access from ${username}?` : `Give ${username} internal access?`
      }
      description={
        canUseInternal
          ? "They can launch, extend, make and restore nothing more on the internal side. Their internal sessions run on until they end, and they can still read, stop and delete what they have there."
          : "They can work with data that must stay inside, in sessions that have no way to the internet."
      }
      confirm={canUseInternal ? "Withdraw" : "Give access"}
      cancel="Leave as it is"
      tone={canUseInternal ? "danger" : "primary"}
      act={() => update({ id: user.id, canUseInternal: !canUseInternal })}
    >
      <Switch checked={canUseInternal} aria-label={`${username} may use the internal side`} />
    </ConfirmAction>
  );
}
