import { useSyncExternalStore } from "react";

/** Radiological: the patient's right is on the left, as if seen from the feet; neurological: it is on the right. */
export const sides = ["radiological", "neurological"] as const;
export type Sides = (typeof sides)[number];

/** Kept in the browser: it is a habit of whoever looks. */
const storageKey = "medforge-viewer-sides";
const listeners = new Set<() => void>();
/** Where the browser keeps nothing, the choice lasts as long as the page. */
let unkept: Sides = "radiological";

function sidesNow(): Sides {
  try {
    return window.localStorage.getItem(storageKey) === "neurological" ? "neurological" : "radiological";
  } catch {
    return unkept;
  }
}

export function setSides(chosen: Sides): void {
  unkept = chosen;
  try {
    window.localStorage.setItem(storageKey, chosen);
  } catch {
    // Settings or a full storage.
  }
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** On which side of a slice the patient's right is. */
export function useSides(): Sides {
  return useSyncExternalStore(subscribe, sidesNow, () => "radiological");
}
