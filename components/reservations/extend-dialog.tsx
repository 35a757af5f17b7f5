"use client";

import { useQuery } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { extendReservation } from "@/app/(console)/schedule/actions";
import { FormDialogFooter } from "@/components/forms/form-dialog-footer";
import type { DialogState } from "@/components/forms/opens-dialog";
import { ProblemNotice } from "@/components/forms/problem-notice";
import { useReturnFocus } from "@/components/forms/return-focus";
import { type DialogAction, useDialogAction } from "@/components/forms/use-dialog-action";
import { LoadFailure } from "@/components/live/load-failure";
import { hoursText } from "@/components/schedule/words";
import { Dialog, DialogBody, DialogContent } from "@/components/ui/dialog";
import { Field } from "@/components/ui/field";
import { useLabZone } from "@/components/ui/lab-clock";
import { Select } from "@/components/ui/select";
import { Skeleton } from "@/components/ui/skeleton";
import { toast } from "@/components/ui/toast-store";
import { api } from "@/lib/api/client";
import { hourMs } from "@/lib/fleet/rules";
import { hourText, spanText } from "@/lib/kernel/zoned-time";
import type { AvailableSlotsView, ReservationView } from "@/lib/schedule/reservation-model";
import { useRefreshed } from "./use-refreshed";
import { costOf, leftAfter, priceText, sizeOf } from "./words";

export interface Extendable {
  reservation: ReservationView;
  /** How many hours one reservation may have. */
  maxHours: number;
}

/** More hours for a reservation: as many as nobody else has behind it. */
export function ExtendDialog({ reservation, maxHours, ...state }: DialogState & Extendable) {
  const zone = useLabZone();
  const focus = useReturnFocus();
  const { dialog, ...action } = useDialogAction(state);
  const { gpu, startsAt, endsAt } = reservation;
  return (
    <Dialog {...dialog}>
      <DialogContent
        title={`Extend ${gpu}`}
        description={`${spanText(new Date(startsAt), new Date(endsAt), zone)}. What follows costs as much an hour as what is booked.`}
        {...focus}
      >
        <Hours
          reservation={reservation}
          maxHours={maxHours}
          open={state.open}
          onDone={() => state.onOpenChange(false)}
          {...action}
        />
      </DialogContent>
    </Dialog>
  );
}

interface HoursProps extends DialogAction, Extendable {
  open: boolean;
  onDone: () => void;
}

function Hours({ reservation, maxHours, open, ...rest }: HoursProps) {
  const from = reservation.endsAt;
  const more = Math.max(1, maxHours - reservation.hours);
  const to = new Date(Date.parse(from) + more * hourMs).toISOString();
  const free = useQuery(
    api.gpus.availableSlots.queryOptions({
      input: { id: reservation.gpuId, from, to },
      enabled: open,
      gcTime: 0,
    }),
  );
  if (free.isError)
    return (
      <DialogBody>
        <LoadFailure what="What is free" error={free.error} onRetry={() => void free.refetch()} />
      </DialogBody>
    );
  if (!free.data)
    return (
      <DialogBody>
        <Skeleton className="h-14 w-full" />
      </DialogBody>
    );
  return <HoursForm reservation={reservation} most={hoursBehind(free.data.data, from)} {...rest} />;
}

/** How many hours that nobody has follow at once. */
function hoursBehind({ runs }: AvailableSlotsView, end: string): number {
  return runs.find(({ startsAt }) => Date.parse(startsAt) === Date.parse(end))?.hours ?? 0;
}

function HoursForm({
  reservation,
  most,
  onDone,
  busy,
  problem,
  run,
}: Omit<HoursProps, "open" | "maxHours"> & { most: number }) {
  const zone = useLabZone();
  const refreshed = useRefreshed();
  const wallet = useQuery(api.wallet.get.queryOptions()).data?.data;
  const [chosen, setHours] = useState(1);
  // Somebody may have booked some of them since.
  const hours = Math.min(chosen, most);
  const { id, gpu, rate, endsAt } = reservation;
  const endAfter = (more: number) => new Date(Date.parse(endsAt) + more * hourMs);
  const cost = costOf(rate, hours);
  const available = wallet?.balances.find(({ currency }) => currency === rate.currency)?.available;
  const left = available === undefined ? null : leftAfter(cost, available);
  const short = left?.amount.startsWith("-") ?? false;
  const extend = async () => {
    const result = await refreshed(() =>
      extendReservation({ id, endsAt: endAfter(hours).toISOString(), rate }),
    );
    if (!result.ok) return result;
    toast.success(`${gpu} is yours for ${hoursText(hours)} more`);
    onDone();
    return result;
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (!short) run(extend);
  };
  if (most === 0)
    return (
      <DialogBody>
        <p className="text-sm">The hour after it can’t be had: somebody has it, or it is too far ahead.</p>
      </DialogBody>
    );
  return (
    <form onSubmit={submit} noValidate>
      <DialogBody>
        <Field
          label="Until"
          hint={left === null ? priceText(cost) : `${priceText(cost)}, which leaves ${priceText(left)}`}
          error={
            short && left ? `${priceText(cost)}: ${priceText(sizeOf(left))} more than you have` : undefined
          }
        >
          {(control) => (
            <Select {...control} value={String(hours)} onValueChange={(value) => setHours(Number(value))}>
              {Array.from({ length: most }, (_, index) => index + 1).map((more) => (
                <option key={more} value={more}>
                  {hourText(endAfter(more), zone)}: {hoursText(more)} more
                </option>
              ))}
            </Select>
          )}
        </Field>
        <ProblemNotice problem={problem} />
      </DialogBody>
      <FormDialogFooter busy={busy}>Book {hoursText(hours)} more</FormDialogFooter>
    </form>
  );
}
