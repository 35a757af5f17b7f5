"use client";

import { useState, useTransition } from "react";
import { called } from "./called";
import type { ShownProblem } from "./problem-notice";

/** What an action came to; a problem says why not. */
export type Outcome = { readonly ok: true } | { readonly ok: false; readonly problem: ShownProblem };

/** One action at a time, and what was wrong with the last. */
export function useAction() {
  const [busy, start] = useTransition();
  const [problem, setProblem] = useState<ShownProblem | null>(null);
  const run = (act: () => Promise<Outcome>) => {
    if (busy) return;
    start(async () => {
      setProblem(null);
      const outcome = await called(act);
      if (!outcome.ok) setProblem(outcome.problem);
    });
  };
  return { busy, problem, run, forget: () => setProblem(null) };
}
