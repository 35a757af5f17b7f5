import type { Metadata } from "next";
import { FleetView } from "@/components/admin/fleet-view";
import { PageHeader } from "@/components/ui/page-header";
import { getServerApi } from "@/lib/api/server";
import { requireAdmin } from "../../require-admin";

export const metadata: Metadata = { title: "GPUs" };

export default async function AdminGpusPage() {
  const { username } = await requireAdmin();
  const api = await getServerApi();
  const [gpus, nodes, programs] = await Promise.all([
    api.admin.gpus.list(),
    api.admin.nodes.list(),
    api.admin.gpuProcesses.list(),
  ]);
  return (
    <>
      <PageHeader
        title="GPUs"
        description="Every GPU ever seen, in the server it sits in, and how the servers are."
      />
      <FleetView username={username} initial={{ gpus, nodes, programs }} />
    </>
  );
}
