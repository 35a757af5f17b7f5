import type { Metadata } from "next";
import { FleetView } from "@/components/admin/fleet-view";
import { PageHeader } from "@/components/ui/page-header";
import { getServerApi, getSurface } from "@/lib/api/server";
import { urlOfSurface } from "@/lib/kernel/surface";
import { requireAdmin } from "../../require-admin";

export const metadata: Metadata = { title: "GPUs" };

export default async function AdminGpusPage() {
  const { username } = await requireAdmin();
  const { surface, urls } = await getSurface();
  const api = await getServerApi();
  const [gpus, nodes, programs, live, monitors] = await Promise.all([
    api.admin.gpus.list(),
    api.admin.nodes.list(),
    api.admin.gpuProcesses.list(),
    api.gpuStatus.live(),
    api.admin.monitors.list(),
  ]);
  return (
    <>
      <PageHeader
        title="GPUs"
        description="Every GPU ever seen, in the server it sits in, and how the servers are."
      />
      <FleetView
        username={username}
        labUrl={urlOfSurface(surface, urls) ?? urls.url}
        initial={{ gpus, nodes, programs, live, monitors }}
      />
    </>
  );
}
