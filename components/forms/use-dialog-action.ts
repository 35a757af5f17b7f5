"use client";

import type { DialogState } from "./opens-dialog";
import { useAction } from "./use-action";

/** What the form inside such a dialog works with. */
export type DialogAction = Omit<ReturnType<typeof useDialogAction>, "dialog">;

/** A dialog around one action: it can't be closed while that runs, and no old problem greets who opens it again. */
export function useDialogAction({ open, onOpenChange }: DialogState) {
  const { forget, ...action } = useAction();
  const change = (next: boolean) => {
    if (action.busy) return;
    forget();
    onOpenChange(next);
  };
  return { ...action, dialog: { open, onOpenChange: change } };
}
