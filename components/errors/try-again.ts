"use client";

import { useCallback, useEffect, useState, useTransition } from "react";
import { type CutShort, cutShort, pauseBefore } from "./cut-short";
import { countedTries, countTries, failureShown, triesOutliveDocument } from "./tries";

export interface TryAgain {
  /** What cut the loading short; null for a failure of another kind. */
  readonly cut: CutShort | null;
  /** The page is being tried again by itself: nothing needs to be done yet. */
  readonly trying: boolean;
  /** Another try, for a button. */
  readonly again: () => void;
}

/**
 * Tries a page again by itself, a few times, where only the way to the lab failed: a browser drops what it loads when
 * the machine's network changes, as it does on a GPU host at each start of a session. One try at a time: the next is
 * thought of once the failure is back.
 * @param retry asks the server for the page again
 */
export function useTryAgain(error: unknown, retry: () => void): TryAgain {
  const cut = cutShort(error);
  const [tries, setTries] = useState(countedTries);
  const { again, underWay } = useOneTry(cut, retry, setTries);
  const byItself = useMayTryByItself(cut);
  const pause = byItself ? pauseBefore(tries) : null;
  useEffect(() => {
    if (pause === null || underWay) return;
    const timer = setTimeout(() => {
      countTries(tries + 1);
      again();
    }, pause);
    return () => clearTimeout(timer);
  }, [pause, underWay, tries, again]);
  useEffect(() => (cut === null ? undefined : failureShown()), [cut]);
  return { cut, trying: pause !== null, again };
}

/** @param failedAgain takes the count of tries once the failure is back */
function useOneTry(cut: CutShort | null, retry: () => void, failedAgain: (tries: number) => void) {
  const [leaving, setLeaving] = useState(false);
  const [asking, startAsking] = useTransition();
  const again = useCallback(() => {
    // Code that did not come fails like the first time as long as the document is the same.
    if (cut === "code") {
      setLeaving(true);
      window.location.reload();
      return;
    }
    startAsking(() => {
      // Seen only when the try has ended, and only where it leaves this page standing.
      failedAgain(countedTries());
      retry();
    });
  }, [cut, retry, failedAgain]);
  return { again, underWay: leaving || asking };
}

function useMayTryByItself(cut: CutShort | null): boolean {
  const [outlive] = useState(() => cut === "code" && triesOutliveDocument());
  return cut === "connection" || outlive;
}
