import { useRef } from "react";

/** Nothing on the page has the focus, as after what had it was removed. */
function isFocusLost(): boolean {
  return document.activeElement === null || document.activeElement === document.body;
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
      if (isFocusLost()) document.getElementById("main")?.focus({ preventScroll: true });
    },
  };
}
