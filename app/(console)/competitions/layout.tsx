import type { ReactNode } from "react";
import { NoGrant } from "@/components/surface/internal-notes";
import { getSurface } from "@/lib/api/server";
import { requireViewer } from "../require-viewer";

/** On the internal side competitions are for those who may use it; the lab's data are behind them. */
export default async function CompetitionsLayout({ children }: { children: ReactNode }) {
  const { username, canUseInternal } = await requireViewer();
  const { surface, urls } = await getSurface();
  if (surface === "external" || canUseInternal) return children;
  return <NoGrant username={username} externalUrl={urls.url} />;
}
