"use client";

import { cancelReservation } from "@/app/(console)/schedule/actions";
import { ConfirmAction } from "@/components/forms/confirm-action";
import { Button } from "@/components/ui/button";
import { useLabZone } from "@/components/ui/lab-clock";
import { spanText } from "@/lib/kernel/zoned-time";
import type { ReservationView } from "@/lib/schedule/reservation-model";
import { useRefreshed } from "./use-refreshed";
import { cancelText } from "./words";

export interface CancelButtonProps {
  reservation: ReservationView;
  /** It is its reader's own. */
  mine: boolean;
  size?: "sm" | "md";
}

/** Gives a reservation back: what returns and what is due is said first. */
export function CancelButton({ reservation, mine, size = "md" }: CancelButtonProps) {
  const zone = useLabZone();
  const refreshed = useRefreshed();
  const { id, gpu, startsAt, endsAt } = reservation;
  const span = spanText(new Date(startsAt), new Date(endsAt), zone);
  return (
    <ConfirmAction
      title={`Cancel ${gpu}, ${span}?`}
      description={cancelText(reservation, mine)}
      confirm="Cancel it"
      cancel="Keep it"
      done={`${gpu}, ${span}: cancelled`}
      act={() => refreshed(() => cancelReservation({ id }))}
    >
      <Button variant="danger-outline" size={size} aria-label={`Cancel ${gpu}, ${span}`}>
        Cancel
      </Button>
    </ConfirmAction>
  );
}
