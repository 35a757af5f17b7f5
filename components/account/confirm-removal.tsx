"use client";

import { type ReactNode, useState, useTransition } from "react";
import type { ShownProblem } from "@/components/forms/problem-notice";
import {
  AlertDialog,
  AlertDialogAction,
  AlertDialogCancel,
  AlertDialogContent,
  AlertDialogFooter,
  AlertDialogTrigger,
} from "@/components/ui/alert-dialog";
import { Button } from "@/components/ui/button";
import { toast } from "@/components/ui/toast-store";

export interface ConfirmRemovalProps {
  /** The verb on the row's button and in the dialog: "Remove", "Revoke". */
  verb: string;
  /** What it acts on, named: "SSH key laptop". */
  thing: string;
  /** What happens then. */
  consequence: ReactNode;
  /** Says what has been done, once it has. */
  done: string;
  act: () => Promise<{ ok: true } | { ok: false; problem: ShownProblem }>;
}

/** A row's removal, asked for once more; the dialog stays until the server has answered. */
export function ConfirmRemoval({ verb, thing, consequence, done, act }: ConfirmRemovalProps) {
  const [open, setOpen] = useState(false);
  const [pending, start] = useTransition();
  const confirm = () =>
    start(async () => {
      const result = await act();
      setOpen(false);
      if (result.ok) toast.success(done);
      else toast.error(result.problem.detail, { description: result.problem.instance });
    });
  return (
    <AlertDialog open={open} onOpenChange={setOpen}>
      <AlertDialogTrigger asChild>
        <Button variant="ghost" size="sm" className="-mr-2.5" aria-label={`${verb} ${thing}`}>
          {verb}
        </Button>
      </AlertDialogTrigger>
      <AlertDialogContent title={`${verb} ${thing}?`} description={consequence}>
        <AlertDialogFooter>
          <AlertDialogCancel />
          <AlertDialogAction
            busy={pending}
            onClick={(event) => {
              event.preventDefault();
              confirm();
            }}
          >
            {verb}
          </AlertDialogAction>
        </AlertDialogFooter>
      </AlertDialogContent>
    </AlertDialog>
  );
}
