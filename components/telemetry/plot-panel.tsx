"use client";

import dynamic from "next/dynamic";
import { LoadFailure } from "@/components/live/load-failure";
import { Panel } from "@/components/ui/panel";
import type { SessionView } from "@/lib/sessions/model";
import { EmptyPlots } from "./plot-card";
import { plots } from "./plots";
import { useSamples } from "./use-samples";

/** The drawing comes after the page: nobody waits for it to see the command. */
const PlotGrid = dynamic(() => import("./plot-grid").then((module) => module.PlotGrid), {
  ssr: false,
  loading: () => <EmptyPlots specs={plots} simulated={false} />,
});

/** What the session uses, as it runs: the last hour by ten seconds. */
export function PlotPanel({ session, active }: { session: SessionView; active: boolean }) {
  return (
    <Panel title={active ? "Last hour" : "Its last hour"} description="A sample every 10 s">
      <Plots session={session} active={active} />
    </Panel>
  );
}

function Plots({ session, active }: { session: SessionView; active: boolean }) {
  const { data, error, refetch } = useSamples(session.slug, active);
  const { simulated } = session.gpu;
  if (data && data.data.at.length > 0) {
    return <PlotGrid view={data.data} simulated={simulated} active={active} />;
  }
  if (!data && !error) return <EmptyPlots specs={plots} simulated={simulated} />;
  if (!data) return <LoadFailure what="The samples" error={error} onRetry={() => void refetch()} />;
  if (!active) {
    return (
      <p className="text-muted-foreground text-sm">
        Samples are kept for an hour; of this session there are none.
      </p>
    );
  }
  return (
    <div className="relative">
      <EmptyPlots specs={plots} simulated={simulated} still />
      <p
        role="status"
        className="absolute inset-x-0 top-20 mx-auto w-fit rounded-md border border-border bg-surface px-3 py-1.5 text-sm"
      >
        {session.state === "RUNNING" ? "The first sample comes within 10 s." : "Samples begin once it runs."}
      </p>
    </div>
  );
}
