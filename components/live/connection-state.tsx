"use client";

import { useEffect, useState, useSyncExternalStore } from "react";
import { cn } from "@/components/ui/cn";
import { StateMark, type StateTone } from "@/components/ui/state-badge";
import { type Connection, currentConnection, subscribeConnection } from "./connection";
import { fallbackRefetchMs } from "./pages";

/** Streams are renewed every few minutes; only an absence longer than a renewal is worth a word. */
const patienceMs = 6_000;

const looks: Record<Connection, { tone: StateTone; word: string; detail: string }> = {
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
};

/** Says quietly whether the page is live. */
export function ConnectionState() {
  const connection = useSyncExternalStore(subscribeConnection, currentConnection, () => "live" as const);
  const [shown, setShown] = useState<Connection>("live");
  useEffect(() => {
    const timer = setTimeout(() => setShown(connection), connection === "live" ? 0 : patienceMs);
    return () => clearTimeout(timer);
  }, [connection]);
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
