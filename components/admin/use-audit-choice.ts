"use client";

import { useSearchParams } from "next/navigation";
import { useEffect, useRef, useState } from "react";
import { type AuditChoice, addressOf, choiceIn, noChoice } from "./audit-choice";

/**
 * The choice that stands in the page's address. Typing into one field is one step for the browser's Back, and so is each
 * press; the fields don't wait for the router, or the caret would jump.
 */
export function useAuditChoice() {
  const query = useSearchParams();
  const [choice, setChoice] = useState(() => choiceIn(query));
  const typedInto = useRef<string | null>(null);

  useEffect(() => {
    const goBack = () => {
      typedInto.current = null;
      setChoice(choiceIn(new URLSearchParams(window.location.search)));
    };
    window.addEventListener("popstate", goBack);
    return () => window.removeEventListener("popstate", goBack);
  }, []);

  const go = (next: AuditChoice, replaces: boolean) => {
    setChoice(next);
    if (replaces) window.history.replaceState(null, "", addressOf(next));
    else window.history.pushState(null, "", addressOf(next));
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
