import type { Metadata } from "next";
import { listPageSize } from "@/components/live/pages";
import { ReserveView } from "@/components/reservations/reserve-view";
import { getServerApi } from "@/lib/api/server";
import { requireViewer } from "../../../require-viewer";
import { soldModes } from "../../../sold-modes";
import { loadDays } from "./load";

export const metadata: Metadata = { title: "Reserve GPU time" };

/** The week from a day on; from today unless said. */
export default async function ReservePage({ params }: PageProps<"/schedule/reserve/[[...from]]">) {
  const { role } = await requireViewer();
  const [from] = (await params).from ?? [];
  const bookings = await loadDays(from ?? "");
  const api = await getServerApi();
  const [wallet, reservations, modes] = await Promise.all([
    api.wallet.get(),
    api.reservations.list({ limit: listPageSize }),
    soldModes(),
  ]);
  return (
    <ReserveView
      key={from ?? "today"}
      isAdmin={role === "admin"}
      modes={modes}
      from={from}
      initial={{ bookings, wallet, reservations }}
    />
  );
}
