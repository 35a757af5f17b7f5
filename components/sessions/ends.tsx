"use client";

import { cn } from "@/components/ui/cn";
import { useNow } from "@/components/ui/lab-clock";
import { Countdown, Time } from "@/components/ui/time";
import type { SessionView } from "@/lib/sessions/model";
import { endsSoon } from "./attention";
import { isActive, stopReasonWords } from "./state";

/** When a session ends, or how it ended: a countdown under a limit, else the plain fact. */
export function Ends({ session }: { session: SessionView }) {
  if (session.endedAt) {
    return (
      <span title={session.stopReason ? stopReasonWords[session.stopReason] : undefined}>
        <Time value={session.endedAt} />
      </span>
    );
  }
  if (!isActive(session)) return <span className="text-muted-foreground">ended</span>;
  // The limit is counted from the moment it runs.
  if (session.state === "STARTING") return <span className="text-muted-foreground">starting now</span>;
  if (session.state === "STOPPING") return <span className="text-muted-foreground">stopping now</span>;
  if (!session.stopsAt) return <span className="text-muted-foreground">no time limit</span>;
  return <TimeLeft session={session} until={session.stopsAt} />;
}

/** By itself, so that only rows under a limit follow the clock. */
function TimeLeft({ session, until }: { session: SessionView; until: string }) {
  const now = new Date(useNow());
  return (
    <span className="sm:whitespace-nowrap">
      <Countdown to={until} className={cn(endsSoon(session, now) && "font-medium text-warn")} />
      <span className="text-muted-foreground"> left · until </span>
      <Time value={until} show="absolute" className="text-muted-foreground" />
    </span>
  );
}
