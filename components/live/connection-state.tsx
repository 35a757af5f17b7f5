"use client";

import { notifyManager, useQueryClient } from "@tanstack/react-query";
import { useEffect, useState, useSyncExternalStore } from "react";
import { cn } from "@/components/ui/cn";
import { StateMark, type StateTone } from "@/components/ui/state-badge";
import { type Connection, currentConnection, subscribeConnection } from "./connection";
import { fallbackRefetchMs } from "./pages";

/** Streams are renewed every few minutes; only an absence longer than a renewal is worth a word. */
const patienceMs = 6_000;

/** The connection, or that something on the page could not be asked again, whatever the stream says. */
type Freshness = Connection | "behind";

const looks: Record<Freshness, { tone: StateTone; word: string; detail: string }> = {
  live: { tone: "ok", word: "Live", detail: "Changes show as they happen" },
  reconnecting: {
    tone: "warn",
    word: "Reconnecting",
    detail: "The connection to the lab was lost; the page may be behind until it is back",
  },
  polling: {
    tone: "warn",
    word: "Every 15 s",
    detail: `The live stream is not available; the page asks every ${fallbackRefetchMs / 1_000} seconds`,
  },
  behind: {
    tone: "warn",
    word: "Out of date",
    detail: "Part of the page could not be asked for again; it shows what was there last",
  },
};

/** Whether a query of the open page has failed, its tries included. */
function useFailing(): boolean {
  const cache = useQueryClient().getQueryCache();
  const failing = () => cache.getAll().some((query) => query.isActive() && query.state.status === "error");
  return useSyncExternalStore(
    (told) => cache.subscribe(notifyManager.batchCalls(told)),
    failing,
    () => false,
  );
}

/** Says quietly whether the page is live. */
export function ConnectionState() {
  const connection = useSyncExternalStore(subscribeConnection, currentConnection, () => "live" as const);
  const freshness = useFailing() && connection === "live" ? "behind" : connection;
  const [shown, setShown] = useState<Freshness>("live");
  useEffect(() => {
    const timer = setTimeout(() => setShown(freshness), freshness === "live" ? 0 : patienceMs);
    return () => clearTimeout(timer);
  }, [freshness]);
  const { tone, word, detail } = looks[shown];
  return (
    <span
      role="status"
      title={detail}
      className={cn(
        "inline-flex items-center gap-1.5 text-xs",
        shown === "live" ? "text-muted-foreground max-sm:sr-only" : "text-warn",
      )}
    >
      <StateMark tone={tone} />
      {word}
    </span>
  );
}
