"use client";

import { useQueryClient } from "@tanstack/react-query";
import { useState, useTransition } from "react";
import {
  bidOnSlots,
  releaseSlots,
  type SlotsResult,
  takeSlots,
  undoBids,
} from "@/app/(console)/schedule/actions";
import { called } from "@/components/forms/called";
import { toast } from "@/components/ui/toast-store";
import { api } from "@/lib/api/client";
import type { BulkInput } from "@/lib/schedule/model";
import type { Selection } from "./selection";
import { slotInputOf, type Verb, type Week } from "./week";
import { hoursText } from "./words";

const acts: Record<Verb, (input: BulkInput) => Promise<SlotsResult>> = {
  bid: bidOnSlots,
  undo: undoBids,
  release: releaseSlots,
  take: takeSlots,
};

const doneTexts: Record<Verb, (slots: number) => string> = {
  bid: (slots) => `You lead ${hoursText(slots)} more`,
  undo: (slots) => (slots === 1 ? "Bid taken back" : `${slots} bids taken back`),
  release: (slots) => `${hoursText(slots)} given back`,
  take: (slots) => `${hoursText(slots)} yours`,
};

export interface Refusal {
  readonly text: string;
  /** The slot that was in the way, where one was. */
  readonly slot: number | null;
  /** What was selected: once that is something else, it is told no longer. */
  readonly selection: Selection;
}

/** Which of the slots sent a problem names, as in `slots.3`. */
function refusedSlot(errors: Readonly<Record<string, string>> | undefined, sent: readonly number[]) {
  const [, place] = /^slots\.(\d+)/.exec(Object.keys(errors ?? {})[0] ?? "") ?? [];
  return place === undefined ? null : (sent[Number(place)] ?? null);
}

/** Bids, undoes, releases and takes; what was refused is kept until something else is selected. */
export function useCommands(
  week: Week,
  selection: Selection,
  onDone: (verb: Verb, slots: readonly number[]) => void,
) {
  const queryClient = useQueryClient();
  const [busy, start] = useTransition();
  const [refusal, setRefusal] = useState<Refusal | null>(null);
  const perform = async (verb: Verb, slots: readonly number[]) => {
    const result = await called(() => acts[verb]({ slots: slots.map((slot) => slotInputOf(week, slot)) }));
    await queryClient.invalidateQueries({ queryKey: api.schedule.key() });
    if (result.ok) {
      setRefusal(null);
      toast.success(doneTexts[verb](result.data.slots));
      return onDone(verb, slots);
    }
    setRefusal({
      text: result.problem.detail,
      slot: refusedSlot(result.problem.errors, slots),
      selection,
    });
  };
  return {
    busy,
    refusal: refusal?.selection === selection ? refusal : null,
    run: (verb: Verb, slots: readonly number[]) => {
      if (!busy) start(() => perform(verb, slots));
    },
  };
}

export type Commands = ReturnType<typeof useCommands>;
