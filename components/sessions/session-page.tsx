"use client";

import { useQuery } from "@tanstack/react-query";
import Link from "next/link";
import { GpuTile } from "@/components/fleet/gpu-tile";
import { fallbackRefetchMs, type ListPage } from "@/components/live/pages";
import { LogPanel } from "@/components/telemetry/log-panel";
import { PlotPanel } from "@/components/telemetry/plot-panel";
import { ForeignNotice, ProcessPanel } from "@/components/telemetry/process-panel";
import { Button } from "@/components/ui/button";
import { Notice } from "@/components/ui/notice";
import { PageHeader } from "@/components/ui/page-header";
import { Fact, Facts, Panel } from "@/components/ui/panel";
import { Time } from "@/components/ui/time";
import { api } from "@/lib/api/client";
import type { GpuView } from "@/lib/fleet/model";
import type { SessionEventView, SessionView } from "@/lib/sessions/model";
import { ConnectPanel } from "./connect-panel";
import { Ends } from "./ends";
import { GpuName } from "./gpu-name";
import { timelineLimit } from "./limits";
import { RelaunchButton } from "./relaunch-button";
import { SessionBadge } from "./session-badge";
import { StartSteps } from "./start-steps";
import { isActive, stopReasonWords } from "./state";
import { StopDialog } from "./stop-dialog";
import { Timeline } from "./timeline";

export interface SessionPageProps {
  username: string;
  initial: {
    session: { data: SessionView; meta: Record<string, never> };
    events: ListPage<SessionEventView>;
    gpus: ListPage<GpuView>;
  };
}

export function SessionPage({ username, initial }: SessionPageProps) {
  const { session, events, gpu } = useSession(initial);
  const active = isActive(session);
  return (
    <>
      <PageHeader
        parent={{ href: "/sessions", label: "Sessions" }}
        title={<span className="font-mono">{session.slug}</span>}
        state={<SessionBadge session={session} />}
        description={active ? <Ends session={session} /> : <EndedText session={session} />}
        actions={<Actions session={session} />}
      />
      <div className="grid items-start gap-4 lg:grid-cols-[minmax(0,1fr)_22rem]">
        <div className="flex min-w-0 flex-col gap-4">
          <Trouble session={session} />
          {active ? <ForeignNotice slug={session.slug} /> : null}
          {active ? <ConnectPanel session={session} /> : null}
          <PlotPanel session={session} active={active} />
          <Panel title="Timeline">
            <Timeline events={events} />
          </Panel>
          <LogPanel slug={session.slug} active={active} />
        </div>
        <div className="flex min-w-0 flex-col gap-4">
          <Panel title="Start">
            <StartSteps session={session} events={events} />
          </Panel>
          {active && gpu ? (
            <div className="overflow-hidden rounded-lg border border-border">
              <GpuTile gpu={gpu} username={username} />
            </div>
          ) : null}
          <Details session={session} />
          {active ? <ProcessPanel session={session} /> : null}
        </div>
      </div>
    </>
  );
}

function Details({ session }: { session: SessionView }) {
  return (
    <Panel title="Details">
      <Facts className="sm:grid-cols-2 lg:grid-cols-2">
        <Fact label="Workspace">
          <Link
            href={`/workspaces/${session.workspace.id}`}
            className="focus-ring rounded-sm text-link underline-offset-4 hover:underline"
          >
            {session.workspace.name}
          </Link>
        </Fact>
        <Fact label="Environment">{session.pack.name}</Fact>
        <Fact label="GPU">
          <GpuName gpu={session.gpu} />
        </Fact>
        <Fact label="SSH port">
          <span className="font-mono">{session.ssh.port}</span>
        </Fact>
        <Fact label="Launched">
          <Time value={session.createdAt} show="absolute" />
        </Fact>
        <Fact label="Running since">
          {session.runningAt ? (
            <Time value={session.runningAt} show="absolute" />
          ) : isActive(session) ? (
            "not yet"
          ) : (
            "it never ran"
          )}
        </Fact>
      </Facts>
    </Panel>
  );
}

function Actions({ session }: { session: SessionView }) {
  if (!isActive(session)) return <RelaunchButton session={session} />;
  if (session.state === "STOPPING") return null;
  return (
    <StopDialog session={session}>
      <Button variant="danger-outline">Stop</Button>
    </StopDialog>
  );
}

function EndedText({ session }: { session: SessionView }) {
  return (
    <>
      {session.stopReason ? `Ended: ${stopReasonWords[session.stopReason]}. ` : "Ended. "}
      {session.endedAt ? <Time value={session.endedAt} /> : null}
    </>
  );
}

/** What is wrong, in the words of whatever found it. */
function Trouble({ session }: { session: SessionView }) {
  if (session.error) {
    return (
      <Notice
        live
        tone="bad"
        title={session.state === "ERROR" ? "The session failed" : "The session is failing"}
      >
        {session.error} The workspace {session.workspace.name} is kept.
      </Notice>
    );
  }
  if (session.condition) {
    return (
      <Notice live tone="warn" title="Held up">
        {session.condition}
      </Notice>
    );
  }
  return null;
}

function useSession(initial: SessionPageProps["initial"]) {
  const slug = initial.session.data.slug;
  const session = useQuery(
    api.sessions.get.queryOptions({
      input: { slug },
      initialData: initial.session,
      refetchInterval: fallbackRefetchMs,
    }),
  );
  const events = useQuery(
    api.sessions.events.queryOptions({
      input: { slug, limit: timelineLimit },
      initialData: initial.events,
      refetchInterval: fallbackRefetchMs,
    }),
  );
  const gpus = useQuery(
    api.gpus.list.queryOptions({ initialData: initial.gpus, refetchInterval: fallbackRefetchMs }),
  );
  const current = session.data.data;
  return {
    session: current,
    events: events.data.data,
    gpu: gpus.data.data.find((gpu) => gpu.id === current.gpu.id),
  };
}
