import type { Metadata } from "next";
import { BackupPanel } from "@/components/admin/backup-panel";
import { LabSettingsForm } from "@/components/admin/lab-settings-form";
import { LiveNamesPanel } from "@/components/admin/live-names-panel";
import { PageHeader } from "@/components/ui/page-header";
import { getServerApi } from "@/lib/api/server";
import { requireAdmin } from "../../require-admin";

export const metadata: Metadata = { title: "Lab settings" };

export default async function LabSettingsPage() {
  await requireAdmin();
  const api = await getServerApi();
  const settings = await api.admin.settings.get();
  return (
    <>
      <PageHeader
        title="Lab settings"
        description="What new accounts may have, how workspaces are kept, and on which terms hours are sold."
      />
      <LabSettingsForm initial={settings} />
      <LiveNamesPanel initial={settings} />
      <BackupPanel />
    </>
  );
}
