"use client";

import { useQueryClient } from "@tanstack/react-query";
import { api } from "@/lib/api/client";

/** Runs a command, and has what shows its traces asked for anew before the answer is told. */
export function useRefreshed() {
  const queryClient = useQueryClient();
  return async <Answer>(act: () => Promise<Answer>): Promise<Answer> => {
    const answer = await act();
    const stale = [api.reservations.key(), api.schedule.key(), api.wallet.key(), api.gpus.key()];
    await Promise.all(stale.map((queryKey) => queryClient.invalidateQueries({ queryKey })));
    return answer;
  };
}
