"use client";

import { useState, useTransition } from "react";
import { called } from "./called";
import type { DialogState } from "./opens-dialog";
import type { ShownProblem } from "./problem-notice";

/** What an action came to; a problem keeps the dialog open and says why. */
export type Outcome = { readonly ok: true } | { readonly ok: false; readonly problem: ShownProblem };

/** What the form inside such a dialog works with. */
export type DialogAction = Omit<ReturnType<typeof useDialogAction>, "dialog">;

/** A dialog around one action: it can't be closed while that runs, and no old problem greets who opens it again. */
export function useDialogAction({ open, onOpenChange }: DialogState) {
  const [busy, start] = useTransition();
  const [problem, setProblem] = useState<ShownProblem | null>(null);
  const change = (next: boolean) => {
    if (busy) return;
    setProblem(null);
    onOpenChange(next);
  };
  const run = (act: () => Promise<Outcome>) => {
    if (busy) return;
    start(async () => {
      setProblem(null);
      const outcome = await called(act);
      if (!outcome.ok) setProblem(outcome.problem);
    });
  };
  return { busy, problem, run, dialog: { open, onOpenChange: change } };
}
