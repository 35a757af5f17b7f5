"use client";

import { type QueryClient, useQueryClient } from "@tanstack/react-query";
import { useRouter } from "next/navigation";
import { useEffect } from "react";
import { api } from "@/lib/api/client";
import { apiPrefix } from "@/lib/api/prefix";
import { coalesce } from "./coalesce";
import { connectionLost, connectionOpened } from "./connection";
import { slugIn } from "./query-slug";
import { type LiveMessage, type LiveTopic, liveMessageOf, liveTopics } from "./topics";

/** After a refused stream (too many tabs, a restart of the server); polling carries the page meanwhile. */
const refusedRetryMs = 30_000;
/** A start tells of a change every few ms; asking for each would only make the answers queue. */
const refreshEveryMs = 250;

const workspacesKey = () => api.workspaces.key();

/** Which queries a change of each topic makes stale: a session's change shows on its GPU and its workspace too. */
const keysOf: Record<LiveTopic, readonly (() => readonly unknown[])[]> = {
  sessions: [
    () => api.sessions.key(),
    () => api.plannedStarts.key(),
    () => api.schedule.me.key(),
    () => api.admin.sessions.key(),
    workspacesKey,
    () => api.me.limits.key(),
  ],
  workspaces: [workspacesKey, () => api.operations.key(), () => api.me.limits.key()],
  gpus: [
    () => api.gpus.key(),
    () => api.admin.gpus.key(),
    () => api.admin.nodes.key(),
    () => api.admin.monitors.key(),
    () => api.schedule.key(),
    () => api.reservations.key(),
  ],
  account: [() => api.admin.users.key(), () => api.me.limits.key(), () => api.wallet.key()],
  notices: [() => api.me.notices.key()],
  // What changes hands is paid for, and who holds a GPU's hour that runs stands on its tile.
  schedule: [
    () => api.schedule.key(),
    () => api.gpus.key(),
    () => api.reservations.key(),
    () => api.plannedStarts.key(),
    () => api.wallet.key(),
    () => api.admin.weeks.key(),
  ],
  competitions: [
    () => api.competitions.key(),
    () => api.submissions.key(),
    () => api.rankings.key(),
    () => api.admin.competitions.key(),
    () => api.admin.scoring.key(),
  ],
};

/** While many submit, boards change all the time; nobody reads them faster. */
const competitionsEveryMs = 1_000;
/** Stands for the topic as a whole, and for what is no competition: a submission of one's own, of whichever it is. */
const anyCompetition = "";

/** Asks again what shows one of these competitions, or lists them. */
async function refreshCompetitions(queryClient: QueryClient, changed: ReadonlySet<string>): Promise<void> {
  if (changed.has(anyCompetition)) return refresh(queryClient, new Set<LiveTopic>(["competitions"]));
  const shown = queryClient.getQueriesData<CompetitionAnswer>({ queryKey: api.competitions.get.key() });
  const slugs = new Set(
    shown.flatMap(([, answer]) => (answer && changed.has(answer.data.id) ? [answer.data.slug] : [])),
  );
  const concerned = ({ queryKey }: { queryKey: readonly unknown[] }) => {
    const slug = slugIn(queryKey);
    return slug === null || slugs.has(slug);
  };
  const keys = [api.competitions.key(), api.rankings.key(), api.admin.competitions.key()];
  await Promise.all(
    keys.map((queryKey) => queryClient.invalidateQueries({ queryKey, predicate: concerned })),
  );
}

interface CompetitionAnswer {
  readonly data: { readonly id: string; readonly slug: string };
}

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
  const competitions = coalesce<string>(
    (changed) => refreshCompetitions(queryClient, changed),
    competitionsEveryMs,
  );
  const add = ({ topic, resource }: LiveMessage) => {
    if (topic !== "competitions") changes.add(topic);
    else competitions.add(resource?.startsWith("cmp_") ? resource : anyCompetition);
  };
  let stream: EventSource;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const open = () => {
    stream = new EventSource(`${apiPrefix}/live`);
    stream.onopen = () => {
      connectionOpened();
      // Whatever changed before it was there, or while it was away, was told to nobody.
      for (const topic of liveTopics) add({ topic, resource: null });
    };
    stream.onerror = () => {
      const refused = stream.readyState === EventSource.CLOSED;
      connectionLost(refused);
      // The browser tries again by itself unless it was answered with an error.
      if (refused) timer = setTimeout(open, refusedRetryMs);
    };
    stream.onmessage = (event: MessageEvent<string>) => {
      const message = liveMessageOf(event.data);
      if (message) add(message);
      if (message?.topic === "account") accountChanged();
    };
  };
  open();
  return () => {
    changes.stop();
    competitions.stop();
    clearTimeout(timer);
    stream.close();
  };
}
