"use client";

import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import Link from "next/link";
import { useEffect } from "react";
import { AdminStopDialog } from "@/components/admin/stop-dialog";
import { GpuTile } from "@/components/fleet/gpu-tile";
import { fallbackRefetchMs, itemsOf, type ListPage } from "@/components/live/pages";
import { useListRefetch } from "@/components/live/use-list-refetch";
import { useMayBegin } from "@/components/surface/may-begin";
import { LogPanel } from "@/components/telemetry/log-panel";
import { PlotPanel } from "@/components/telemetry/plot-panel";
import { ForeignNotice, ProcessPanel } from "@/components/telemetry/process-panel";
import { Announcement } from "@/components/ui/announcement";
import { Button } from "@/components/ui/button";
import { Notice } from "@/components/ui/notice";
import { PageHeader } from "@/components/ui/page-header";
import { Fact, Facts, Panel } from "@/components/ui/panel";
import { Time } from "@/components/ui/time";
import { DiskNotice } from "@/components/workspaces/disk-notice";
import { api } from "@/lib/api/client";
import type { GpuView } from "@/lib/fleet/model";
import { outOfServiceTexts } from "@/lib/fleet/rules";
import type { SessionEventView, SessionView } from "@/lib/sessions/model";
import { ConnectPanel } from "./connect-panel";
import { Ends } from "./ends";
import { ExtendButton } from "./extend-button";
import { GpuName } from "./gpu-name";
import { IsolationPanel } from "./isolation-panel";
import { timelinePageSize } from "./limits";
import { NextHour } from "./next-hour";
import { RelaunchButton } from "./relaunch-button";
import { SessionBadge } from "./session-badge";
import { StartSteps } from "./start-steps";
import { isActive, sessionStateLook, stopReasonWords } from "./state";
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

/** One session, for its owner, or for an admin, who can look at it and stop it. */
export function SessionPage({ username, initial }: SessionPageProps) {
  const { session, events, gpu } = useSession(initial);
  const active = isActive(session);
  const own = session.owner === username;
  return (
    <>
      <Announcement>{stateSentence(session)}</Announcement>
      <PageHeader
        parent={
          own ? { href: "/sessions", label: "Sessions" } : { href: "/admin/sessions", label: "All sessions" }
        }
        title={<span className="font-mono">{session.slug}</span>}
        state={<SessionBadge session={session} />}
        description={active ? <Ends session={session} /> : <EndedText session={session} />}
        actions={<Actions session={session} own={own} />}
      />
      {/* On a phone what stands beside the figures comes before them: long plots and logs would bury it. */}
      <div className="grid items-start gap-4 lg:grid-cols-[minmax(0,1fr)_22rem] lg:grid-rows-[auto_1fr]">
        <div className="flex min-w-0 flex-col gap-4 empty:hidden">
          <Trouble session={session} />
          {active && own ? <NextHour session={session} /> : null}
          {active ? <DiskNotice workspace={session.workspace} /> : null}
          {active && gpu ? <GpuNotice gpu={gpu} /> : null}
          {active ? <ForeignNotice slug={session.slug} /> : null}
          {active && own ? <ConnectPanel session={session} /> : null}
        </div>
        <div className="flex min-w-0 flex-col gap-4 lg:row-span-2">
          <Panel title="Start">
            <StartSteps session={session} events={events} />
          </Panel>
          {active && gpu ? (
            <div className="overflow-hidden rounded-lg border border-border">
              <GpuTile gpu={gpu} username={username} />
            </div>
          ) : null}
          <Details session={session} own={own} />
          {active ? <ProcessPanel session={session} /> : null}
        </div>
        <div className="flex min-w-0 flex-col gap-4">
          <PlotPanel session={session} active={active} />
          <IsolationPanel session={session} />
          <Panel title="Timeline">
            <Timeline events={events} />
          </Panel>
          <LogPanel slug={session.slug} active={active} />
        </div>
      </div>
    </>
  );
}

interface PartProps {
  session: SessionView;
  /** Whoever looks is its owner. */
  own: boolean;
}

function Details({ session, own }: PartProps) {
  return (
    <Panel title="Details">
      <Facts className="sm:grid-cols-2 lg:grid-cols-2">
        {own ? null : <Fact label="Owner">{session.owner}</Fact>}
        <Fact label="Workspace">
          {own ? (
            <Link
              href={`/workspaces/${session.workspace.id}`}
              className="focus-ring rounded-sm text-link underline-offset-4 hover:underline"
            >
              {session.workspace.name}
            </Link>
          ) : (
            session.workspace.name
          )}
        </Fact>
        <Fact label="Environment">{session.pack.name}</Fact>
        <Fact label="Network">
          {session.exposure === "internal" ? "Internal: no internet" : "External: internet"}
        </Fact>
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

function Actions({ session, own }: PartProps) {
  // Working longer with what is inside needs the owner's grant; for another's session the dialog says so.
  const mayBegin = useMayBegin();
  if (!isActive(session)) return own ? <RelaunchButton session={session} /> : null;
  if (session.state === "STOPPING") return null;
  const Dialog = own ? StopDialog : AdminStopDialog;
  return (
    <>
      {session.stopsAt && (mayBegin || !own) ? <ExtendButton session={session} /> : null}
      <Dialog session={session}>
        <Button variant="danger-outline">Stop</Button>
      </Dialog>
    </>
  );
}

/** Its GPU is to be emptied: what runs goes on, so nobody need hurry, but should know. */
function GpuNotice({ gpu }: { gpu: GpuView }) {
  if (gpu.state === "available") return null;
  return (
    <Notice tone="warn" title={outOfServiceTexts([gpu])[0]}>
      This session goes on; once it has stopped, nothing new starts on that GPU.
    </Notice>
  );
}

/** What changed, for who can't see the badge and the notice. */
function stateSentence(session: SessionView): string {
  const state = `Session ${session.slug}: ${sessionStateLook[session.state].label}.`;
  return [state, session.error ?? (isActive(session) ? session.condition : null)].filter(Boolean).join(" ");
}

function EndedText({ session }: { session: SessionView }) {
  return (
    <>
      {session.stopReason ? `Ended: ${stopReasonWords[session.stopReason]}. ` : "Ended. "}
      {session.endedAt ? <Time value={session.endedAt} /> : null}
    </>
  );
}

function conditionTitle({ conditionKind }: SessionView, isolated: boolean): string {
  if (!isolated) return "Not isolated as it should be; tell an administrator";
  return conditionKind === "hours" ? "GPU-hours nearly used up" : "Waiting";
}

/** What is wrong, in the words of whatever found it. */
function Trouble({ session }: { session: SessionView }) {
  if (session.error) {
    return (
      <Notice tone="bad" title={session.state === "ERROR" ? "The session failed" : "The session is failing"}>
        {session.error} The workspace {session.workspace.name} is kept.
      </Notice>
    );
  }
  if (session.condition) {
    const isolated = session.isolation?.ok !== false;
    return (
      <Notice tone={isolated ? "warn" : "bad"} title={conditionTitle(session, isolated)}>
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
  const events = useWholeTimeline(slug, initial.events);
  const gpus = useQuery(
    api.gpus.list.queryOptions({ initialData: initial.gpus, refetchInterval: fallbackRefetchMs }),
  );
  const current = session.data.data;
  return {
    session: current,
    events,
    gpu: gpus.data.data.find((gpu) => gpu.id === current.gpu.id),
  };
}

/** Oldest first, page after page: what happens now is at the end, and the steps of the start may be there too. */
function useWholeTimeline(slug: string, initial: ListPage<SessionEventView>): readonly SessionEventView[] {
  const listRefetch = useListRefetch();
  const { data, hasNextPage, isFetching, isError, fetchNextPage } = useInfiniteQuery(
    api.sessions.events.infiniteOptions({
      input: (cursor: string | undefined) => ({ slug, limit: timelinePageSize, cursor }),
      initialPageParam: undefined,
      getNextPageParam: (last) => last.meta.nextCursor ?? undefined,
      initialData: { pages: [initial], pageParams: [undefined] },
      refetchInterval: listRefetch,
    }),
  );
  useEffect(() => {
    if (hasNextPage && !isFetching && !isError) void fetchNextPage();
  }, [hasNextPage, isFetching, isError, fetchNextPage]);
  return itemsOf(data.pages, (event) => String(event.id));
}
