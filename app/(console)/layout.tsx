import type { ReactNode } from "react";
import { LiveUpdates } from "@/components/live/live-updates";
import { AppShell } from "@/components/shell/app-shell";
import { requireViewer } from "./require-viewer";

export default async function ConsoleLayout({ children }: { children: ReactNode }) {
  const { username, role, canUseInternal } = await requireViewer();
  return (
    <AppShell viewer={{ username, role, canUseInternal }}>
      <LiveUpdates />
      {children}
    </AppShell>
  );
}
