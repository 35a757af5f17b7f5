import type { ReactNode } from "react";
import { ConsoleQueries } from "@/components/live/console-queries";
import { LiveUpdates } from "@/components/live/live-updates";
import { AppShell } from "@/components/shell/app-shell";
import { isTimeSold } from "./is-time-sold";
import { requireViewer } from "./require-viewer";

export default async function ConsoleLayout({ children }: { children: ReactNode }) {
  const { publicId, username, role, canUseInternal } = await requireViewer();
  const sellsTime = role === "admin" || (await isTimeSold());
  return (
    <ConsoleQueries key={publicId} viewerId={publicId}>
      <AppShell viewer={{ username, role, canUseInternal, sellsTime }}>
        <LiveUpdates />
        {children}
      </AppShell>
    </ConsoleQueries>
  );
}
