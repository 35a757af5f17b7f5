"use client";

import { useQuery } from "@tanstack/react-query";
import { ChevronRight } from "lucide-react";
import dynamic from "next/dynamic";
import { useState } from "react";
import { fallbackRefetchMs } from "@/components/live/pages";
import { Panel } from "@/components/ui/panel";
import { Skeleton } from "@/components/ui/skeleton";
import { StateMark } from "@/components/ui/state-badge";
import { Time } from "@/components/ui/time";
import { api } from "@/lib/api/client";
import type { SessionView } from "@/lib/sessions/model";
import { isolationText } from "./isolation-text";
import { isActive, probeCauseWords } from "./state";

/** Behind a disclosure: who does not open it does not load it. */
const ProbeTable = dynamic(() => import("./probe-table").then((module) => module.ProbeTable));

/** The evidence that the session reaches what it may and nothing else, as it was last tried. */
export function IsolationPanel({ session }: { session: SessionView }) {
  const { isolation } = session;
  if (!isolation && !isActive(session)) return null;
  return (
    <Panel title="Isolation" description="Tried from inside the session's own network." inset="flush">
      {isolation ? (
        <>
          <p className="flex items-baseline gap-2.5 px-4 py-3 text-sm">
            <StateMark tone={isolation.ok ? "ok" : "bad"} />
            <span>
              <span className="font-medium">{isolationText(session.exposure, isolation)}</span>
              {", "}
              <Time value={isolation.at} />
            </span>
          </p>
          <Attempts slug={session.slug} />
        </>
      ) : (
        <>
          <p className="flex items-baseline gap-2.5 px-4 py-3 text-muted-foreground text-sm">
            <StateMark tone="idle" />
            Not tried yet; it will be once the session runs.
          </p>
          {/* As tall as the line that takes its place, so that nothing below moves. */}
          <div aria-hidden="true" className="h-9.25 border-border border-t" />
        </>
      )}
    </Panel>
  );
}

/** Each attempt of the last run, asked for when somebody wants to see them. */
function Attempts({ slug }: { slug: string }) {
  const [open, setOpen] = useState(false);
  const runs = useQuery(
    api.sessions.probes.queryOptions({
      input: { slug, limit: 1 },
      enabled: open,
      refetchInterval: fallbackRefetchMs,
    }),
  );
  const run = runs.data?.data[0];
  return (
    <details className="group border-border border-t" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary className="focus-ring flex cursor-pointer list-none items-center gap-1.5 rounded-md px-4 py-2 text-link text-sm -outline-offset-2 pointer-coarse:py-3 [&::-webkit-details-marker]:hidden">
        <ChevronRight
          aria-hidden
          className="size-3.5 transition-transform duration-100 group-open:rotate-90"
        />
        What was tried
      </summary>
      {run ? (
        <div className="border-border border-t">
          <ProbeTable probes={run.probes} />
          <p className="border-border border-t px-4 py-2 text-muted-foreground text-xs">
            {probeCauseWords[run.cause]} “Refused by the target itself” counts as reached: the packet got
            there.
          </p>
        </div>
      ) : (
        <div className="flex flex-col gap-3 border-border border-t p-4">
          {runs.error ? (
            <p className="text-sm">The attempts could not be loaded: {runs.error.message}</p>
          ) : (
            ["first", "second", "third"].map((row) => <Skeleton key={row} className="h-5 w-full" />)
          )}
        </div>
      )}
    </details>
  );
}
