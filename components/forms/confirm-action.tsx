"use client";

import dynamic from "next/dynamic";
import type { ReactElement } from "react";
import type { ConfirmDialogProps } from "./confirm-dialog";
import { OpensDialog } from "./opens-dialog";

/** Asks first, then acts. Under the control of `open`, or as `ConfirmAction` behind a button. */
export const LazyConfirmDialog = dynamic(() =>
  import("./confirm-dialog").then((module) => module.ConfirmDialog),
);

export interface ConfirmActionProps extends ConfirmDialogProps {
  /** The button that opens it. */
  children: ReactElement;
}

/** A button whose action is asked for once more before it is done. */
export function ConfirmAction({ children, ...dialog }: ConfirmActionProps) {
  return (
    <OpensDialog button={children}>{(state) => <LazyConfirmDialog {...dialog} {...state} />}</OpensDialog>
  );
}
