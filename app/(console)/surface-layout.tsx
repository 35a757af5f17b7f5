import type { ReactNode } from "react";
import { GrantWithdrawn, NoGrant } from "@/components/surface/internal-notes";
import { BeginsNothing } from "@/components/surface/may-begin";
import { getServerApi, getSurface } from "@/lib/api/server";
import { requireViewer } from "./require-viewer";

/** Around the pages that show one surface's things: whoever may not begin anything on the internal one is told so. */
export async function SurfaceLayout({ children }: { children: ReactNode }) {
  const { username, canUseInternal } = await requireViewer();
  const { surface, urls } = await getSurface();
  if (surface === "external" || canUseInternal) return children;
  if (!(await hasAnything())) return <NoGrant username={username} externalUrl={urls.url} />;
  return (
    <BeginsNothing>
      <GrantWithdrawn />
      {children}
    </BeginsNothing>
  );
}

/** Whether the viewer left anything on this surface. */
async function hasAnything(): Promise<boolean> {
  const api = await getServerApi();
  const [workspaces, sessions] = await Promise.all([
    api.workspaces.list({ limit: 1 }),
    api.sessions.list({ limit: 1 }),
  ]);
  return workspaces.data.length + sessions.data.length > 0;
}
