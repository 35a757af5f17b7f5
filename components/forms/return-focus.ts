import { useLayoutEffect, useRef } from "react";

/** Nothing on the page has the focus, as after what had it was removed. */
function isFocusLost(): boolean {
  return document.activeElement === null || document.activeElement === document.body;
}

function focusPage(): void {
  document.getElementById("main")?.focus({ preventScroll: true });
}

/**
 * Hands the focus on to the page when what has it is taken away, as the button of a row is with the row.
 * @returns The ref of what may go.
 */
export function usePassesFocusOn<Part extends HTMLElement>() {
  const ref = useRef<Part>(null);
  useLayoutEffect(() => {
    const part = ref.current;
    return () => {
      // Still in the document here; once it is out, nothing says that it had the focus.
      if (part?.contains(document.activeElement)) focusPage();
    };
  }, []);
  return ref;
}

/**
 * For dialogs without a trigger of Radix's own: hands the focus back to whatever had it before, or to the page where
 * that is gone, disabled or out of sight. Radix asks only if nothing in the dialog took the focus by `autoFocus`.
 */
export function useReturnFocus() {
  const before = useRef<Element | null>(null);
  return {
    onOpenAutoFocus: () => {
      before.current = document.activeElement;
    },
    onCloseAutoFocus: (event: Event) => {
      event.preventDefault();
      // What the dialog did may have put the focus somewhere already.
      if (!isFocusLost()) return;
      if (before.current instanceof HTMLElement) before.current.focus();
      if (isFocusLost()) focusPage();
    },
  };
}
