import { QueryCache, QueryClient } from "@tanstack/react-query";
import { leaveWhenSignedOut, statusOf } from "@/components/auth/signed-out";

/** With pauses of 1, 2 and 4 s: as long as web is away at most when it restarts. */
const maxRetries = 3;

/**
 * @param onGone the page asks for what is no longer there or no longer this person's; called once for each such query
 */
export function makeQueryClient(onGone: () => void): QueryClient {
  const told = new Set<string>();
  return new QueryClient({
    queryCache: new QueryCache({
      onError: (error, { queryHash }) => {
        leaveWhenSignedOut(error);
        const status = statusOf(error);
        if ((status !== 403 && status !== 404) || told.has(queryHash)) return;
        told.add(queryHash);
        onGone();
      },
    }),
    defaultOptions: {
      queries: {
        // Each page brings its own data from the server; what a page before it left behind is older.
        gcTime: 0,
        // What changed between the server's look and the page's first listening was told to nobody.
        refetchOnMount: "always",
        // What the server refused it will refuse again; only a lost connection is worth another try.
        retry: (failures, error) => statusOf(error) === undefined && failures < maxRetries,
      },
    },
  });
}
