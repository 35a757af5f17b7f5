"use client";

import type { ReactNode } from "react";
import {
  AlertDialog,
  AlertDialogAction,
  AlertDialogCancel,
  AlertDialogContent,
  AlertDialogFooter,
} from "@/components/ui/alert-dialog";
import { toast } from "@/components/ui/toast-store";
import type { DialogState } from "./opens-dialog";
import { ProblemNotice } from "./problem-notice";
import { useReturnFocus } from "./return-focus";
import type { Outcome } from "./use-action";
import { useDialogAction } from "./use-dialog-action";

export interface ConfirmDialogProps {
  /** The question, naming the thing. */
  title: string;
  /** What happens, and what is kept and lost. */
  description: ReactNode;
  confirm: string;
  cancel: string;
  tone?: "danger" | "primary";
  /** Says what has been done, where the page itself doesn't show it. */
  done?: string;
  /** The server action; a refusal keeps the dialog open and says why. */
  act: () => Promise<Outcome>;
}

export function ConfirmDialog(props: ConfirmDialogProps & DialogState) {
  const { title, description, confirm, cancel, tone = "danger", done, act } = props;
  const { busy, problem, run, dialog } = useDialogAction(props);
  const focus = useReturnFocus();
  const actAndClose = async () => {
    const outcome = await act();
    if (!outcome.ok) return outcome;
    props.onOpenChange(false);
    if (done) toast.success(done);
    return outcome;
  };
  return (
    <AlertDialog {...dialog}>
      <AlertDialogContent title={title} description={description} {...focus}>
        <div className="px-5 pb-4 empty:hidden">
          <ProblemNotice problem={problem} />
        </div>
        <AlertDialogFooter>
          <AlertDialogCancel disabled={busy}>{cancel}</AlertDialogCancel>
          <AlertDialogAction
            variant={tone}
            busy={busy}
            onClick={(event) => {
              event.preventDefault();
              run(actAndClose);
            }}
          >
            {confirm}
          </AlertDialogAction>
        </AlertDialogFooter>
      </AlertDialogContent>
    </AlertDialog>
  );
}
