"use client";

import { type QueryClient, useQueryClient } from "@tanstack/react-query";
import { useRouter } from "next/navigation";
import { useEffect } from "react";
import { api } from "@/lib/api/client";
import { apiPrefix } from "@/lib/api/prefix";
import { coalesce } from "./coalesce";
import { connectionLost, connectionOpened } from "./connection";
import { type LiveTopic, liveTopicOf, liveTopics } from "./topics";

/** After a refused stream (too many tabs, a restart of the server); polling carries the page meanwhile. */
const refusedRetryMs = 30_000;
/** A start tells of a change every few ms; asking for each would only make the answers queue. */
const refreshEveryMs = 250;

const workspacesKey = () => api.workspaces.key();

/** Which queries a change of each topic makes stale: a session's change shows on its GPU and its workspace too. */
const keysOf: Record<LiveTopic, readonly (() => readonly unknown[])[]> = {
  sessions: [
    () => api.sessions.key(),
    () => api.admin.sessions.key(),
    workspacesKey,
    () => api.me.limits.key(),
  ],
  workspaces: [workspacesKey, () => api.operations.key(), () => api.me.limits.key()],
  gpus: [() => api.gpus.key(), () => api.admin.gpus.key(), () => api.admin.nodes.key()],
  account: [() => api.admin.users.key(), () => api.me.limits.key()],
  notices: [() => api.me.notices.key()],
  competitions: [
    () => api.competitions.key(),
    () => api.submissions.key(),
    () => api.rankings.key(),
    () => api.admin.competitions.key(),
    () => api.admin.scoring.key(),
  ],
};

/** Resolves when the open page's queries have been asked again. */
async function refresh(queryClient: QueryClient, topics: ReadonlySet<LiveTopic>): Promise<void> {
  const keys = new Set([...topics].flatMap((topic) => keysOf[topic]));
  await Promise.all([...keys].map((key) => queryClient.invalidateQueries({ queryKey: key() })));
}

/**
 * One event stream for the whole console. What it says is only that something changed; the queries ask what. What an
 * account may do decides which pages the server renders, so a change of one has it render again.
 */
export function LiveUpdates() {
  const queryClient = useQueryClient();
  const router = useRouter();
  useEffect(() => listen(queryClient, () => router.refresh()), [queryClient, router]);
  return null;
}

/** @returns what ends it */
function listen(queryClient: QueryClient, accountChanged: () => void): () => void {
  const changes = coalesce<LiveTopic>((topics) => refresh(queryClient, topics), refreshEveryMs);
  let stream: EventSource;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const open = () => {
    stream = new EventSource(`${apiPrefix}/live`);
    stream.onopen = () => {
      connectionOpened();
      // Whatever changed before it was there, or while it was away, was told to nobody.
      for (const topic of liveTopics) changes.add(topic);
    };
    stream.onerror = () => {
      const refused = stream.readyState === EventSource.CLOSED;
      connectionLost(refused);
      // The browser tries again by itself unless it was answered with an error.
      if (refused) timer = setTimeout(open, refusedRetryMs);
    };
    stream.onmessage = (event: MessageEvent<string>) => {
      const topic = liveTopicOf(event.data);
      if (topic) changes.add(topic);
      if (topic === "account") accountChanged();
    };
  };
  open();
  return () => {
    changes.stop();
    clearTimeout(timer);
    stream.close();
  };
}
