import type { Metadata } from "next";
import { NoWeek } from "@/components/schedule/no-week";
import { ScheduleView } from "@/components/schedule/schedule-view";
import { getServerApi } from "@/lib/api/server";
import { slotInput } from "@/lib/schedule/model";
import { requireViewer } from "../../require-viewer";
import { soldModes } from "../../sold-modes";
import { loadWeek } from "./load";

export const metadata: Metadata = { title: "GPU time" };

/** A week by its Saturday's date; the one that is bid on unless said. `?gpu=&hour=` leads to an hour of it. */
export default async function SchedulePage({ params, searchParams }: PageProps<"/schedule/[[...week]]">) {
  const { username, role } = await requireViewer();
  const grid = await loadWeek(((await params).week ?? []).join("/"));
  if (grid === null) return <NoWeek />;
  const api = await getServerApi();
  const [overview, summary, modes] = await Promise.all([
    api.schedule.overview(),
    api.schedule.me(),
    soldModes(),
  ]);
  const { gpu: gpuId, hour: slot } = await searchParams;
  const at = slotInput.safeParse({ gpuId, slot }).data ?? null;
  return (
    <ScheduleView
      key={`${grid.data.week} ${at?.gpuId} ${at?.slot}`}
      at={at}
      username={username}
      isAdmin={role === "admin"}
      modes={modes}
      initial={{ overview, grid, summary }}
    />
  );
}
