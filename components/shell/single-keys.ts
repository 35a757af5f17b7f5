import { useSyncExternalStore } from "react";

/** Kept in the browser: it is about the keyboard and the software in front of it, not about the account. */
const storageKey = "medforge-single-keys";
const listeners = new Set<() => void>();

/** Whether keys work that are pressed alone. Who speaks to the computer, or strikes keys by accident, can do without. */
export function singleKeysOn(): boolean {
  try {
    return window.localStorage.getItem(storageKey) !== "off";
  } catch {
    // A browser that keeps nothing: as for who never chose.
    return true;
  }
}

/** @throws DOMException where the browser keeps nothing */
export function setSingleKeys(on: boolean): void {
  if (on) window.localStorage.removeItem(storageKey);
  else window.localStorage.setItem(storageKey, "off");
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function useSingleKeys(): boolean {
  return useSyncExternalStore(subscribe, singleKeysOn, () => true);
}
