import type { Metadata } from "next";
import { Rankings } from "@/components/competitions/rankings";
import { listPageSize } from "@/components/live/pages";
import { PageHeader } from "@/components/ui/page-header";
import { getServerApi } from "@/lib/api/server";
import { requireViewer } from "../../require-viewer";

export const metadata: Metadata = { title: "Rankings" };

export default async function RankingsPage() {
  const { username } = await requireViewer();
  const api = await getServerApi();
  const initial = await api.rankings({ limit: listPageSize });
  return (
    <>
      <PageHeader
        parent={{ href: "/competitions", label: "Competitions" }}
        title="Rankings"
        description="Everybody's places over all competitions: on the private boards once they are revealed, on the public ones before."
      />
      <Rankings initial={initial} username={username} />
    </>
  );
}
