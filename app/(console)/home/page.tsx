import type { Metadata } from "next";
import { cookies } from "next/headers";
import { HomeView } from "@/components/sessions/home-view";
import { lastLaunchCookie, parseLastLaunch } from "@/components/sessions/last-launch";
import {
  homeActiveLimit,
  homePlannedLimit,
  homeSessionsLimit,
  homeWorkspacesLimit,
} from "@/components/sessions/limits";
import { getServerApi } from "@/lib/api/server";
import { requireViewer } from "../require-viewer";

export const metadata: Metadata = { title: "Home" };

/** `?workspace=` picks one for the launch, as the link on its page does. */
export default async function HomePage({ searchParams }: PageProps<"/home">) {
  const actor = await requireViewer();
  const api = await getServerApi();
  const [active, sessions, gpus, workspaces, packs, keys, limits] = await Promise.all([
    api.sessions.list({ limit: homeActiveLimit, active: true }),
    api.sessions.list({ limit: homeSessionsLimit }),
    api.gpus.list(),
    api.workspaces.list({ limit: homeWorkspacesLimit }),
    api.packs.list(),
    api.me.sshKeys.list(),
    api.me.limits(),
  ]);
  // Where no hours are sold nobody holds any.
  const [summary, hours, planned] = gpus.data.some(({ mode }) => mode !== "on-demand")
    ? await Promise.all([
        api.schedule.me(),
        api.schedule.hours(),
        api.plannedStarts.list({ state: "PLANNED", limit: homePlannedLimit }),
      ])
    : [null, null, null];
  const remembered = parseLastLaunch((await cookies()).get(lastLaunchCookie)?.value, actor.username);
  const { workspace } = await searchParams;
  return (
    <HomeView
      username={actor.username}
      hasSshKey={keys.data.length > 0}
      lastLaunch={
        typeof workspace === "string"
          ? { ...remembered, workspaceName: undefined, workspaceId: workspace }
          : remembered
      }
      initial={{ active, sessions, gpus, workspaces, packs, limits, summary, hours, planned }}
    />
  );
}
