import { useQueryClient } from "@tanstack/react-query";
import { api } from "@/lib/api/client";

/** Asks the server again for all that is about competitions, so that the page shows what was done. */
export function useRefresh() {
  const queryClient = useQueryClient();
  return () =>
    Promise.all(
      [api.competitions.key(), api.admin.competitions.key(), api.admin.imports.key()].map((queryKey) =>
        queryClient.invalidateQueries({ queryKey }),
      ),
    );
}
