"use client";

import { QueryClientProvider } from "@tanstack/react-query";
import { useRouter } from "next/navigation";
import { type ReactNode, useEffect, useState } from "react";
import { makeQueryClient } from "./query-client";

/** Where the tabs of one browser tell each other who is signed in. */
const loginChannel = "medforge-login";

/** What one person's pages have asked. Give it their id as `key`: nobody starts with another's answers. */
export function ConsoleQueries({ viewerId, children }: { viewerId: string; children: ReactNode }) {
  const router = useRouter();
  // A page whose thing is gone becomes what the server says of it now.
  const [queryClient] = useState(() => makeQueryClient(() => router.refresh()));
  useEffect(() => leaveToOthers(viewerId), [viewerId]);
  return <QueryClientProvider client={queryClient}>{children}</QueryClientProvider>;
}

/**
 * All tabs share one login cookie: a tab that shows somebody else would ask in the new person's name from here on.
 * @returns what ends it
 */
function leaveToOthers(viewerId: string): () => void {
  const channel = new BroadcastChannel(loginChannel);
  channel.onmessage = ({ data }: MessageEvent<unknown>) => {
    if (data !== viewerId) window.location.reload();
  };
  channel.postMessage(viewerId);
  return () => channel.close();
}
