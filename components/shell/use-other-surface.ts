import { useSurface } from "@/components/surface/surface-provider";
import { otherSurface } from "@/lib/kernel/surface";
import type { Viewer } from "./viewer";

/** The lab's other address, which has logins of its own; the internal one only for whoever may use it. */
export function useOtherSurface(viewer: Viewer): { url: string; label: string } | null {
  const { surface, otherUrl } = useSurface();
  if (otherUrl === null || (surface === "external" && !viewer.canUseInternal)) return null;
  return { url: otherUrl, label: `To the ${otherSurface(surface)} side` };
}
