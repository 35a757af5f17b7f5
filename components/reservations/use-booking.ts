"use client";

import { useState, useTransition } from "react";
import { bookHours, extendReservation } from "@/app/(console)/schedule/actions";
import { called } from "@/components/forms/called";
import { hoursText } from "@/components/schedule/words";
import { toast } from "@/components/ui/toast-store";
import { hourMs } from "@/lib/fleet/rules";
import type { Calendar } from "./calendar";
import { type Choice, newHours, type Span } from "./choice";
import { useRefreshed } from "./use-refreshed";

type Bookable = Extract<Choice, { kind: "book" | "own" }>;

/** Sends what is chosen: hours that are booked anew, or those that a reservation is to have besides. */
async function send(calendar: Calendar, choice: Bookable) {
  const at = (hour: number) => new Date(calendar.firstMs + hour * hourMs).toISOString();
  const endsAt = at(choice.to);
  if (choice.kind === "book") {
    const gpuId = calendar.gpus[choice.gpu]?.id ?? "";
    return called(() => bookHours({ gpuId, startsAt: at(choice.from), endsAt }));
  }
  return called(() => extendReservation({ id: choice.block.reservationId ?? "", endsAt }));
}

/** Books what is chosen; what was refused is told until something else is drawn. */
export function useBooking(calendar: Calendar, span: Span | null, onDone: (span: Span | null) => void) {
  const refreshed = useRefreshed();
  const [busy, start] = useTransition();
  const [refusal, setRefusal] = useState<{ text: string; span: Span | null } | null>(null);
  const perform = async (what: Bookable) => {
    const result = await refreshed(() => send(calendar, what));
    if (!result.ok) return setRefusal({ text: result.problem.detail, span });
    setRefusal(null);
    toast.success(`${hoursText(newHours(what))}${what.kind === "own" ? " more" : ""} booked`);
    onDone(span);
  };
  return {
    busy,
    refusal: refusal?.span === span ? (refusal?.text ?? null) : null,
    book: (what: Bookable) => {
      if (!busy) start(() => perform(what));
    },
  };
}

export type Booking = ReturnType<typeof useBooking>;
