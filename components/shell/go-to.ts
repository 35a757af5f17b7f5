import type { useRouter } from "next/navigation";

/**
 * Goes to a page and there to what listens for `hash`. On that page already, the hash is said again: the router's
 * `pushState` tells no listener, nor does the browser when the hash stays the same.
 */
export function goTo(router: ReturnType<typeof useRouter>, path: string, hash: `#${string}`): void {
  if (window.location.pathname !== path) router.push(`${path}${hash}`);
  else if (window.location.hash !== hash) window.location.hash = hash;
  else window.dispatchEvent(new HashChangeEvent("hashchange"));
}
