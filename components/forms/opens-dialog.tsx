"use client";

import { Slot } from "radix-ui/slot";
import { type ReactElement, type ReactNode, Suspense, useState } from "react";
import { usePassesFocusOn } from "./return-focus";

export interface DialogState {
  open: boolean;
  onOpenChange: (open: boolean) => void;
}

export interface OpensDialogProps {
  /** The button that opens it. */
  button: ReactElement;
  /** The dialog, loaded with `next/dynamic`: it is first rendered when a person comes near the button. */
  children: (state: DialogState) => ReactNode;
}

/** A button and its dialog, whose code no page pays for before somebody comes near it. */
export function OpensDialog({ button, children }: OpensDialogProps) {
  const [open, setOpen] = useState(false);
  const [near, setNear] = useState(false);
  // A dialog that closed has given the focus back to its button, which goes with its row a moment later.
  const ref = usePassesFocusOn<HTMLElement>();
  const come = () => setNear(true);
  return (
    <>
      <Slot
        ref={ref}
        aria-haspopup="dialog"
        aria-expanded={open}
        onPointerEnter={come}
        onFocus={come}
        onClick={() => {
          come();
          setOpen(true);
        }}
      >
        {button}
      </Slot>
      {/* A boundary of its own: while the code comes, nothing but the dialog waits for it. */}
      <Suspense fallback={null}>{near ? children({ open, onOpenChange: setOpen }) : null}</Suspense>
    </>
  );
}
