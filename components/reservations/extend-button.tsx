"use client";

import dynamic from "next/dynamic";
import { OpensDialog } from "@/components/forms/opens-dialog";
import { Button } from "@/components/ui/button";
import { useLabZone } from "@/components/ui/lab-clock";
import { spanText } from "@/lib/kernel/zoned-time";
import type { ReservationView } from "@/lib/schedule/reservation-model";

const ExtendDialog = dynamic(() => import("./extend-dialog").then((module) => module.ExtendDialog));

export interface ExtendButtonProps {
  reservation: ReservationView;
  /** How many hours one reservation may have. */
  maxHours: number;
  size?: "sm" | "md";
  variant?: "primary" | "secondary";
}

export function ExtendButton({
  reservation,
  maxHours,
  size = "md",
  variant = "secondary",
}: ExtendButtonProps) {
  const zone = useLabZone();
  const { gpu, startsAt, endsAt } = reservation;
  return (
    <OpensDialog
      button={
        <Button
          size={size}
          variant={variant}
          aria-label={`Extend ${gpu}, ${spanText(new Date(startsAt), new Date(endsAt), zone)}`}
        >
          Extend
        </Button>
      }
    >
      {(state) => <ExtendDialog reservation={reservation} maxHours={maxHours} {...state} />}
    </OpensDialog>
  );
}
