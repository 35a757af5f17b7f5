"use client";

import { useQuery } from "@tanstack/react-query";
import { Play } from "lucide-react";
import Link from "next/link";
import { useMemo, useState } from "react";
import { availability } from "@/components/fleet/availability";
import { GpuRacks } from "@/components/fleet/gpu-rack";
import { fallbackRefetchMs, itemsOf, type ListPage } from "@/components/live/pages";
import { HeldNext } from "@/components/schedule/held-next";
import { usePageCommands } from "@/components/shell/page-commands";
import { useLabZone, useNow } from "@/components/ui/lab-clock";
import { PageHeader } from "@/components/ui/page-header";
import { api } from "@/lib/api/client";
import type { GpuView, PackView } from "@/lib/fleet/model";
import type { GpuHoursView } from "@/lib/schedule/hours-model";
import type { SummaryView } from "@/lib/schedule/model";
import type { LimitsView, SessionView } from "@/lib/sessions/model";
import type { PlannedStartView } from "@/lib/sessions/planned-model";
import type { WorkspaceView } from "@/lib/workspaces/model";
import { AttentionList } from "./attention-list";
import type { LastLaunch } from "./last-launch";
import { initialChoice, type LaunchChoice, stillOffered } from "./launch-choice";
import { LaunchPanel } from "./launch-panel";
import { homeActiveLimit, homePlannedLimit, homeSessionsLimit, homeWorkspacesLimit } from "./limits";
import { MySessions } from "./my-sessions";
import { PlannedStarts } from "./planned-starts";
import { isActive } from "./state";

export interface HomeViewProps {
  username: string;
  hasSshKey: boolean;
  lastLaunch: LastLaunch | null;
  initial: {
    /** All that hold a GPU. */
    active: ListPage<SessionView>;
    /** The newest, whatever became of them. */
    sessions: ListPage<SessionView>;
    gpus: ListPage<GpuView>;
    workspaces: ListPage<WorkspaceView>;
    packs: ListPage<PackView>;
    limits: { data: LimitsView; meta: Record<string, never> };
    /** Null where no GPU's hours are sold. */
    summary: { data: SummaryView; meta: Record<string, never> } | null;
    /** Null likewise. */
    hours: ListPage<GpuHoursView> | null;
    planned: ListPage<PlannedStartView> | null;
  };
}

/** Everything that one comes back for: what is mine, what is free, what needs me, Launch. */
export function HomeView({ username, hasSshKey, lastLaunch, initial }: HomeViewProps) {
  const { sessions, gpus, workspaces, packs, limits } = useHome(initial);
  const { hours, planned } = useSoldHours(initial);
  // From what the server saw for this very page: that is where the link that led here was pressed.
  const [chosen, setChosen] = useState<LaunchChoice>(() =>
    initialChoice(lastLaunch, offerOf(initial), initial.sessions.data),
  );
  const choice = stillOffered(chosen, { workspaces, gpus, packs });
  const change = (part: Partial<LaunchChoice>) => setChosen({ ...choice, ...part });
  const zone = useLabZone();
  const { headline } = availability(gpus, { username, hours }, new Date(useNow(15_000)), zone);
  useLaunchCommand();
  return (
    <>
      <PageHeader title="Home" description={`${headline}.`} />
      <div className="grid gap-4 lg:grid-cols-[minmax(0,1fr)_20rem] lg:grid-rows-[auto_1fr]">
        <div className="flex min-w-0 flex-col gap-4">
          <AttentionList sessions={sessions} workspaces={workspaces} />
          {initial.summary ? <HeldNext initial={initial.summary} gpus={gpus} /> : null}
          <PlannedStarts planned={planned} workspaces={workspaces} />
          <MySessions sessions={sessions.filter(isActive)} />
        </div>
        <div className="min-w-0 lg:row-span-2">
          <LaunchPanel
            choice={choice}
            onChoose={change}
            gpus={gpus}
            hours={hours}
            planned={planned}
            workspaces={workspaces}
            packs={packs}
            username={username}
            hasSshKey={hasSshKey}
            limits={limits}
          />
        </div>
        <section aria-label="GPUs" className="min-w-0">
          <GpuRacks
            gpus={gpus}
            username={username}
            pickedId={choice.gpu.startsWith("gpu:") ? choice.gpu.slice("gpu:".length) : null}
            cover={(gpu) => (
              <Cover
                gpu={gpu}
                username={username}
                isSold={hours.some(({ gpuId }) => gpuId === gpu.id)}
                choice={choice}
                onPick={change}
              />
            )}
          />
        </section>
      </div>
    </>
  );
}

const coverStyle = "focus-ring absolute inset-0 -outline-offset-2";

/** A GPU that is free, or sold by the hour, can be picked for the launch and let go again; one's own leads to its session. */
function Cover({
  gpu,
  username,
  isSold,
  choice,
  onPick,
}: {
  gpu: GpuView;
  username: string;
  isSold: boolean;
  choice: LaunchChoice;
  onPick: (part: Partial<LaunchChoice>) => void;
}) {
  if (gpu.holder?.slug && gpu.holder.username === username) {
    return (
      <Link href={`/sessions/${gpu.holder.slug}`} className={coverStyle}>
        <span className="sr-only">Session on GPU {gpu.index}</span>
      </Link>
    );
  }
  const byTheHour = isSold && gpu.state === "available" && gpu.holder === null && !gpu.silent;
  if (!gpu.free && !byTheHour) return null;
  const picked = choice.gpu === `gpu:${gpu.id}`;
  return (
    <button
      type="button"
      aria-pressed={picked}
      aria-label={`Pick GPU ${gpu.index} of ${gpu.node} for the next launch`}
      title={picked ? "Picked for the next launch; press again for any GPU" : "Pick for the next launch"}
      className={coverStyle}
      onClick={() => onPick({ gpu: picked ? "any" : `gpu:${gpu.id}` })}
    />
  );
}

function offerOf({ workspaces, gpus, packs }: HomeViewProps["initial"]) {
  return { workspaces: workspaces.data, gpus: gpus.data, packs: packs.data };
}

function useHome(initial: HomeViewProps["initial"]) {
  const live = { refetchInterval: fallbackRefetchMs };
  const active = useQuery(
    api.sessions.list.queryOptions({
      input: { limit: homeActiveLimit, active: true },
      initialData: initial.active,
      ...live,
    }),
  );
  const sessions = useQuery(
    api.sessions.list.queryOptions({
      input: { limit: homeSessionsLimit },
      initialData: initial.sessions,
      ...live,
    }),
  );
  const gpus = useQuery(api.gpus.list.queryOptions({ initialData: initial.gpus, ...live }));
  const workspaces = useQuery(
    api.workspaces.list.queryOptions({
      input: { limit: homeWorkspacesLimit },
      initialData: initial.workspaces,
      ...live,
    }),
  );
  const limits = useQuery(api.me.limits.queryOptions({ initialData: initial.limits, ...live }));
  return {
    sessions: itemsOf([active.data, sessions.data], (session) => session.slug),
    gpus: gpus.data.data,
    workspaces: workspaces.data.data,
    packs: initial.packs.data,
    limits: limits.data.data,
  };
}

/** Where the lab sells hours: whose they are, and what starts by itself in one's own. */
function useSoldHours({ hours, planned }: HomeViewProps["initial"]) {
  const own = useQuery(
    api.schedule.hours.queryOptions({
      enabled: hours !== null,
      ...(hours === null ? {} : { initialData: hours }),
      refetchInterval: fallbackRefetchMs,
    }),
  );
  const starts = useQuery(
    api.plannedStarts.list.queryOptions({
      input: { state: "PLANNED", limit: homePlannedLimit },
      enabled: planned !== null,
      ...(planned === null ? {} : { initialData: planned }),
      refetchInterval: fallbackRefetchMs,
    }),
  );
  return { hours: own.data?.data ?? [], planned: starts.data?.data ?? [] };
}

/** The palette's "Launch now" presses the same button, so that all its checks apply. */
function useLaunchCommand(): void {
  const commands = useMemo(
    () => [
      {
        id: "launch-now",
        label: "Launch now with the choices on this page",
        icon: Play,
        run: () => document.querySelector<HTMLButtonElement>("[data-launch]")?.click(),
      },
    ],
    [],
  );
  usePageCommands(commands);
}
