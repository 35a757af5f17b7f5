import type { Metadata } from "next";
import { UsagePage } from "@/components/usage/usage-page";
import { loadUsage } from "./load";

export const metadata: Metadata = { title: "Usage" };

export default async function WeekUsagePage({ params }: PageProps<"/admin/weeks/[week]">) {
  const usage = await loadUsage((await params).week);
  return <UsagePage key={usage.data.week} initial={usage} />;
}
