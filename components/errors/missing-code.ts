"use client";

import { useEffect } from "react";

const key = "medforge-reloaded-at";
/** A page that fails again so soon after it was loaded anew would go on for ever. ms */
const onceInMs = 10_000;

/** A part of the page's code did not come: the network changed just then, or the lab was updated since. */
const isMissingCode = (error: unknown): boolean => error instanceof Error && error.name === "ChunkLoadError";

/** Loads the page anew where a part of its code did not come, once: within the document each attempt fails like the first. */
export function useReloadForMissingCode(error: unknown): void {
  useEffect(() => {
    if (!isMissingCode(error)) return;
    const before = Number(sessionStorage.getItem(key) ?? 0);
    if (Date.now() - before < onceInMs) return;
    sessionStorage.setItem(key, String(Date.now()));
    window.location.reload();
  }, [error]);
}
