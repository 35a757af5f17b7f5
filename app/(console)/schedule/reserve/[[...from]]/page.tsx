import type { Metadata } from "next";
import { listPageSize } from "@/components/live/pages";
import { ReserveView } from "@/components/reservations/reserve-view";
import { getServerApi } from "@/lib/api/server";
import { slotInput } from "@/lib/schedule/model";
import { requireViewer } from "../../../require-viewer";
import { soldModes } from "../../../sold-modes";
import { loadDays } from "./load";

export const metadata: Metadata = { title: "Reserve GPU time" };

/** The week from a day on; from today unless said. `?gpu=&hour=` leads to an hour of it. */
export default async function ReservePage({
  params,
  searchParams,
}: PageProps<"/schedule/reserve/[[...from]]">) {
  const { username, role } = await requireViewer();
  const [from] = (await params).from ?? [];
  const bookings = await loadDays(from ?? "");
  const api = await getServerApi();
  const [wallet, summary, reservations, modes] = await Promise.all([
    api.wallet.get(),
    api.schedule.me(),
    api.reservations.list({ limit: listPageSize }),
    soldModes(),
  ]);
  const { gpu: gpuId, hour: slot } = await searchParams;
  const at = slotInput.safeParse({ gpuId, slot }).data ?? null;
  return (
    <ReserveView
      key={`${from} ${at?.gpuId} ${at?.slot}`}
      at={at}
      username={username}
      isAdmin={role === "admin"}
      modes={modes}
      from={from}
      initial={{ bookings, wallet, summary, reservations }}
    />
  );
}
