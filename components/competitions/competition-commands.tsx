"use client";

import { ChartNoAxesColumn, Database, History, Upload } from "lucide-react";
import { useRouter } from "next/navigation";
import { useMemo } from "react";
import { usePageCommands } from "@/components/shell/page-commands";

/** What the palette offers on a competition's pages. */
export function CompetitionCommands({ slug }: { slug: string }) {
  const router = useRouter();
  const commands = useMemo(() => {
    const to = (part: string) => () => router.push(`/competitions/${slug}/${part}`);
    return [
      { id: "submit", label: `Submit to ${slug}`, icon: Upload, run: to("submit") },
      { id: "mine", label: `My submissions to ${slug}`, icon: History, run: to("submissions") },
      { id: "board", label: `Leaderboard of ${slug}`, icon: ChartNoAxesColumn, run: to("leaderboard") },
      { id: "data", label: `Data of ${slug}`, icon: Database, run: to("data") },
    ];
  }, [router, slug]);
  usePageCommands(commands);
  return null;
}
