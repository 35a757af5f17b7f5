import type { ReactNode } from "react";
import { ConsoleQueries } from "@/components/live/console-queries";
import { LiveUpdates } from "@/components/live/live-updates";
import { AppShell } from "@/components/shell/app-shell";
import { requireViewer } from "./require-viewer";
import { soldModes } from "./sold-modes";

export default async function ConsoleLayout({ children }: { children: ReactNode }) {
  const { publicId, username, role, canUseInternal } = await requireViewer();
  const modes = await soldModes();
  const sellsTime = role === "admin" || modes.length > 0;
  const booksTime = modes.includes("reservation");
  return (
    <ConsoleQueries key={publicId} viewerId={publicId}>
      <AppShell viewer={{ username, role, canUseInternal, sellsTime, booksTime }}>
        <LiveUpdates />
        {children}
      </AppShell>
    </ConsoleQueries>
  );
}
