import { z } from "zod";
import { gpuId } from "@/lib/fleet/model";
import { maxTtlMinutes } from "@/lib/sessions/model";
import { workspaceId, workspaceName } from "@/lib/workspaces/model";

/** Where the browser keeps what was launched last, so that the next launch is one press. */
export const lastLaunchCookie = "medforge_last_launch";

const lastLaunch = z.object({
  workspaceId: workspaceId.optional(),
  workspaceName: workspaceName.optional(),
  gpuId: gpuId.optional(),
  gpuModel: z.string().optional(),
  ttlMinutes: z.number().int().min(1).max(maxTtlMinutes).optional(),
  packId: z.string().optional(),
});
export type LastLaunch = z.output<typeof lastLaunch>;

/** The browser may be shared: whose launch it was goes with it. */
const remembered = z.object({ owner: z.string(), launch: lastLaunch });

/** What the cookie holds after somebody's launch. */
export function lastLaunchText(owner: string, launch: LastLaunch): string {
  return JSON.stringify({ owner, launch } satisfies z.input<typeof remembered>);
}

/** This person's last launch, or null: the cookie comes from the browser, so anything may be in it. */
export function parseLastLaunch(cookie: string | undefined, username: string): LastLaunch | null {
  if (!cookie) return null;
  try {
    const { data } = remembered.safeParse(JSON.parse(cookie));
    return data?.owner === username ? data.launch : null;
  } catch {
    // Not JSON: as good as none.
    return null;
  }
}
