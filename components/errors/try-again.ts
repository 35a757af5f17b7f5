"use client";

import { useCallback, useEffect, useState } from "react";
import { type CutShort, cutShort, pauseBefore, recentTries, writtenTries } from "./cut-short";

/** Outlives the document, as tries that load it anew do. */
const storageKey = "medforge-tries";

export interface TryAgain {
  /** What cut the loading short; null for a failure of another kind. */
  readonly cut: CutShort | null;
  /** The page is being tried again by itself: nothing is to be done yet. */
  readonly trying: boolean;
  /** Another try, for a button. */
  readonly again: () => void;
}

/**
 * Tries a page again by itself, a few times, where only the way to the lab failed: a browser drops what it loads when
 * the machine's network changes, as it does on a GPU host at each start of a session.
 * @param retry asks the server for the page again
 */
export function useTryAgain(error: unknown, retry: () => void): TryAgain {
  const cut = cutShort(error);
  const [tries, setTries] = useState(() =>
    cut === null ? 0 : recentTries(sessionStorage.getItem(storageKey), Date.now()),
  );
  // Code that did not come fails like the first time as long as the document is the same.
  const again = useCallback(() => (cut === "code" ? window.location.reload() : retry()), [cut, retry]);
  const pause = cut === null ? null : pauseBefore(tries);
  useEffect(() => {
    if (pause === null) return;
    const timer = setTimeout(() => {
      const count = tries + 1;
      sessionStorage.setItem(storageKey, writtenTries({ count, lastAt: Date.now() }));
      // Counted here too: a try that fails may leave this very page standing.
      setTries(count);
      again();
    }, pause);
    return () => clearTimeout(timer);
  }, [pause, tries, again]);
  return { cut, trying: pause !== null, again };
}
