"use client";

import { type ReactNode, useState, useTransition } from "react";
import {
  AlertDialog,
  AlertDialogAction,
  AlertDialogCancel,
  AlertDialogContent,
  AlertDialogFooter,
} from "@/components/ui/alert-dialog";
import type { DialogState } from "./opens-dialog";
import { ProblemNotice, type ShownProblem } from "./problem-notice";
import { useReturnFocus } from "./return-focus";

interface Outcome {
  readonly ok: boolean;
  readonly problem?: ShownProblem;
}

export interface ConfirmDialogProps {
  /** The question, naming the thing. */
  title: string;
  /** What happens, and what is kept and lost. */
  description: ReactNode;
  confirm: string;
  cancel: string;
  tone?: "danger" | "primary";
  /** The server action; a refusal keeps the dialog open and says why. */
  act: () => Promise<Outcome>;
}

export function ConfirmDialog(props: ConfirmDialogProps & DialogState) {
  const { title, description, confirm, cancel, tone = "danger", act, open, onOpenChange } = props;
  const [busy, start] = useTransition();
  const [problem, setProblem] = useState<ShownProblem | null>(null);
  const focus = useReturnFocus();
  const change = (next: boolean) => {
    setProblem(null);
    onOpenChange(next);
  };
  const run = async () => {
    const outcome = await act();
    if (outcome.ok) change(false);
    else setProblem(outcome.problem ?? null);
  };
  return (
    <AlertDialog open={open} onOpenChange={change}>
      <AlertDialogContent title={title} description={description} {...focus}>
        <div className="px-5 pb-4 empty:hidden">
          <ProblemNotice problem={problem} />
        </div>
        <AlertDialogFooter>
          <AlertDialogCancel>{cancel}</AlertDialogCancel>
          <AlertDialogAction
            variant={tone}
            busy={busy}
            onClick={(event) => {
              event.preventDefault();
              start(run);
            }}
          >
            {confirm}
          </AlertDialogAction>
        </AlertDialogFooter>
      </AlertDialogContent>
    </AlertDialog>
  );
}
