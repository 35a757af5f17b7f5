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

/** The cookie's content, or null: it comes from the browser, so anything may be in it. */
export function parseLastLaunch(cookie: string | undefined): LastLaunch | null {
  if (!cookie) return null;
  try {
    return lastLaunch.safeParse(JSON.parse(cookie)).data ?? null;
  } catch {
    // Not JSON: as good as none.
    return null;
  }
}
