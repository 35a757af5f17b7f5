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
import type { Price } from "./words";

type Bookable = Extract<Choice, { kind: "book" | "own" }>;

/**
 * Sends what is chosen: hours that are booked anew, or those that a reservation is to have besides.
 * @param rate as the page says it
 */
async function send(calendar: Calendar, choice: Bookable, rate: Price) {
  const at = (hour: number) => new Date(calendar.firstMs + hour * hourMs).toISOString();
  const endsAt = at(choice.to);
  if (choice.kind === "book") {
    const gpuId = calendar.gpus[choice.gpu]?.id ?? "";
    return called(() => bookHours({ gpuId, startsAt: at(choice.from), endsAt, rate }));
  }
  return called(() => extendReservation({ id: choice.block.reservationId ?? "", endsAt, rate }));
}

/** Books what is chosen; what was refused is told until something else is drawn. */
export function useBooking(calendar: Calendar, span: Span | null, onDone: (span: Span | null) => void) {
  const refreshed = useRefreshed();
  const [busy, start] = useTransition();
  const [refusal, setRefusal] = useState<{ text: string; span: Span | null } | null>(null);
  const perform = async (what: Bookable, rate: Price) => {
    const result = await refreshed(() => send(calendar, what, rate));
    if (!result.ok) return setRefusal({ text: result.problem.detail, span });
    setRefusal(null);
    toast.success(`${hoursText(newHours(what))}${what.kind === "own" ? " more" : ""} booked`);
    onDone(span);
  };
  return {
    busy,
    refusal: refusal?.span === span ? (refusal?.text ?? null) : null,
    book: (what: Bookable, rate: Price) => {
      if (!busy) start(() => perform(what, rate));
    },
  };
}

export type Booking = ReturnType<typeof useBooking>;
