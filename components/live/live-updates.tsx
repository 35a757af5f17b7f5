"use client";

import { type QueryClient, useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { api } from "@/lib/api/client";
import { apiPrefix } from "@/lib/api/prefix";
import { connectionLost, connectionOpened } from "./connection";
import { type LiveTopic, liveTopicOf } from "./topics";

/** After a refused stream (too many tabs, a restart of the server); polling carries the page meanwhile. */
const refusedRetryMs = 30_000;

/** Which queries a change of each topic makes stale: a session's change shows on its GPU and its workspace too. */
const keysOf: Record<LiveTopic, readonly (() => readonly unknown[])[]> = {
  sessions: [() => api.sessions.key(), () => api.admin.sessions.key(), () => api.workspaces.key()],
  workspaces: [() => api.workspaces.key(), () => api.operations.key()],
  gpus: [() => api.gpus.key(), () => api.admin.gpus.key(), () => api.admin.nodes.key()],
  account: [() => api.me.key(), () => api.admin.users.key()],
  notices: [() => api.me.notices.key()],
};

function refresh(queryClient: QueryClient, topic: LiveTopic): void {
  for (const key of keysOf[topic]) void queryClient.invalidateQueries({ queryKey: key() });
}

/** One event stream for the whole console. What it says is only that something changed; the queries ask what. */
export function LiveUpdates() {
  const queryClient = useQueryClient();
  useEffect(() => listen(queryClient), [queryClient]);
  return null;
}

/** @returns what ends it */
function listen(queryClient: QueryClient): () => void {
  let missed = false;
  let stream: EventSource;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const open = () => {
    stream = new EventSource(`${apiPrefix}/live`);
    stream.onopen = () => {
      connectionOpened();
      // Whatever changed while the stream was away was told to nobody.
      if (missed) void queryClient.invalidateQueries();
      missed = false;
    };
    stream.onerror = () => {
      missed = true;
      const refused = stream.readyState === EventSource.CLOSED;
      connectionLost(refused);
      // The browser tries again by itself unless it was answered with an error.
      if (refused) timer = setTimeout(open, refusedRetryMs);
    };
    stream.onmessage = (event: MessageEvent<string>) => {
      const topic = liveTopicOf(event.data);
      if (topic) refresh(queryClient, topic);
    };
  };
  open();
  return () => {
    clearTimeout(timer);
    stream.close();
  };
}
