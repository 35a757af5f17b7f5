"use client";

import { useSearchParams } from "next/navigation";
import { useCallback, useEffect, useRef, useState } from "react";
import { type AuditChoice, addressOf, choiceIn, noChoice } from "./audit-choice";

/**
 * The choice that stands in the page's address, whoever changed it there: these fields, the browser's Back, a link.
 * Typing into one field is one step for Back, and so is each press; the fields don't wait for the router, or the caret
 * would jump.
 */
export function useAuditChoice() {
  const query = useSearchParams();
  const [choice, setChoice] = useState(() => choiceIn(query));
  const shown = useRef(addressOf(choice));
  const typedInto = useRef<string | null>(null);

  const follow = useCallback(() => {
    // Not the router's word for it, which is late while somebody types.
    const there = choiceIn(new URLSearchParams(window.location.search));
    if (addressOf(there) === shown.current) return;
    shown.current = addressOf(there);
    typedInto.current = null;
    setChoice(there);
  }, []);
  useEffect(() => {
    window.addEventListener("popstate", follow);
    return () => window.removeEventListener("popstate", follow);
  }, [follow]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: a change of the router's is what there is to follow.
  useEffect(follow, [query]);

  const go = (next: AuditChoice, replaces: boolean) => {
    shown.current = addressOf(next);
    setChoice(next);
    if (replaces) window.history.replaceState(null, "", shown.current);
    else window.history.pushState(null, "", shown.current);
  };
  return {
    choice,
    type: (name: keyof AuditChoice, value: string) => {
      go({ ...choice, [name]: value }, typedInto.current === name);
      typedInto.current = name;
    },
    /** Shows that alone; nothing shows all. */
    narrowTo: (part: Partial<AuditChoice>) => {
      typedInto.current = null;
      go({ ...noChoice, ...part }, false);
    },
  };
}
