"use client";

import { useQueryClient } from "@tanstack/react-query";
import { api } from "@/lib/api/client";

/**
 * Runs a command, and has what shows its traces asked for anew. What was done is told once the page shows it; a refusal at
 * once.
 */
export function useRefreshed() {
  const queryClient = useQueryClient();
  return async <Answer extends { readonly ok: boolean }>(act: () => Promise<Answer>): Promise<Answer> => {
    const answer = await act();
    const stale = [api.reservations.key(), api.schedule.key(), api.wallet.key(), api.gpus.key()];
    const shown = Promise.all(stale.map((queryKey) => queryClient.invalidateQueries({ queryKey })));
    if (answer.ok) await shown;
    return answer;
  };
}
