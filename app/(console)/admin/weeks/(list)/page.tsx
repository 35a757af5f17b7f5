import type { Metadata } from "next";
import { WeekList } from "@/components/admin/week-list";
import { listPageSize } from "@/components/live/pages";
import { PageHeader } from "@/components/ui/page-header";
import { getServerApi } from "@/lib/api/server";
import { requireAdmin } from "../../../require-admin";

export const metadata: Metadata = { title: "Weeks" };

export default async function AdminWeeksPage() {
  await requireAdmin();
  const api = await getServerApi();
  const [weeks, gpus, settings] = await Promise.all([
    api.admin.weeks.list({ limit: listPageSize }),
    api.admin.gpus.list(),
    api.admin.settings.get(),
  ]);
  const auctioned = gpus.data.filter(({ mode }) => mode === "auction").length;
  return (
    <>
      <PageHeader
        title="Weeks"
        description="What of each week is sold or bid on. Weeks turn by themselves, on Saturdays."
      />
      <WeekList initial={weeks} auctioned={auctioned} rolloverPercent={settings.data.rolloverPercent} />
    </>
  );
}
