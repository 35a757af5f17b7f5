"use client";

import { type ReactNode, useState, useTransition } from "react";
import {
  AlertDialog,
  AlertDialogAction,
  AlertDialogCancel,
  AlertDialogContent,
  AlertDialogFooter,
  AlertDialogTrigger,
} from "@/components/ui/alert-dialog";
import { ProblemNotice, type ShownProblem } from "./problem-notice";

interface Outcome {
  readonly ok: boolean;
  readonly problem?: ShownProblem;
}

export interface ConfirmActionProps {
  /** The question, naming the thing. */
  title: string;
  /** What happens, and what is kept and lost. */
  description: ReactNode;
  confirm: string;
  cancel: string;
  tone?: "danger" | "primary";
  /** The server action; a refusal keeps the dialog open and says why. */
  act: () => Promise<Outcome>;
  /** The button that opens it; without one, `open` and `onOpenChange` rule. */
  children?: ReactNode;
  open?: boolean;
  onOpenChange?: (open: boolean) => void;
}

/** Asks first, then acts. */
export function ConfirmAction(props: ConfirmActionProps) {
  const { title, description, confirm, cancel, tone = "danger", act, children } = props;
  const [ownOpen, setOwnOpen] = useState(false);
  const [busy, start] = useTransition();
  const [problem, setProblem] = useState<ShownProblem | null>(null);
  const change = (next: boolean) => {
    setProblem(null);
    setOwnOpen(next);
    props.onOpenChange?.(next);
  };
  const run = async () => {
    const outcome = await act();
    if (outcome.ok) change(false);
    else setProblem(outcome.problem ?? null);
  };
  return (
    <AlertDialog open={props.open ?? ownOpen} onOpenChange={change}>
      {children ? <AlertDialogTrigger asChild>{children}</AlertDialogTrigger> : null}
      <AlertDialogContent title={title} description={description}>
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
