import type { ReactNode } from "react";
import { ConsoleQueries } from "@/components/live/console-queries";
import { LiveUpdates } from "@/components/live/live-updates";
import { AppShell } from "@/components/shell/app-shell";
import { requireViewer } from "./require-viewer";

export default async function ConsoleLayout({ children }: { children: ReactNode }) {
  const { publicId, username, role } = await requireViewer();
  return (
    <ConsoleQueries key={publicId} viewerId={publicId}>
      <AppShell viewer={{ username, role }}>
        <LiveUpdates />
        {children}
      </AppShell>
    </ConsoleQueries>
  );
}
