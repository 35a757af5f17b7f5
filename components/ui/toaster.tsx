"use client";

import { X } from "lucide-react";
import { useEffect, useState, useSyncExternalStore } from "react";
import { Button } from "./button";
import { StateMark } from "./state-badge";
import { currentToasts, dismissToast, subscribeToasts, type Toast } from "./toast-store";

/** Long enough to read two lines; failures stay longer, since they carry what to do. */
const shownMs = { neutral: 5_000, ok: 5_000, bad: 12_000 } as const;
const none: readonly Toast[] = [];

/**
 * Short outcomes at the lower edge; anything that must be acted on belongs in the page instead. Written here
 * because the usual library injects a style element without a nonce, which the page's CSP refuses.
 */
export function Toaster() {
  const toasts = useSyncExternalStore(subscribeToasts, currentToasts, () => none);
  return (
    <section
      aria-label="Messages"
      aria-live="polite"
      data-slot="toaster"
      className="pointer-events-none fixed right-4 bottom-4 left-4 z-60 flex flex-col items-end gap-2 max-md:bottom-18"
    >
      {toasts.map((toast) => (
        <ToastItem key={toast.id} toast={toast} />
      ))}
    </section>
  );
}

function ToastItem({ toast }: { toast: Toast }) {
  const [held, setHeld] = useState(false);
  useEffect(() => {
    if (held) return;
    const timer = setTimeout(() => dismissToast(toast.id), shownMs[toast.tone]);
    return () => clearTimeout(timer);
  }, [held, toast.id, toast.tone]);

  const { action } = toast;
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: being read, it must not vanish; nothing is pressed here
    <div
      data-slot="toast"
      onMouseEnter={() => setHeld(true)}
      onMouseLeave={() => setHeld(false)}
      onFocus={() => setHeld(true)}
      onBlur={() => setHeld(false)}
      className="pointer-events-auto flex w-full max-w-90 animate-overlay-in items-start gap-2.5 rounded-lg border border-border bg-popover py-2.5 pr-1.5 pl-3 text-popover-foreground text-sm shadow-overlay"
    >
      {toast.tone === "neutral" ? null : <StateMark tone={toast.tone} className="mt-1.5" />}
      <div className="min-w-0 flex-1">
        <p className="font-medium">{toast.title}</p>
        {toast.description ? (
          <p className="wrap-anywhere text-muted-foreground text-xs">{toast.description}</p>
        ) : null}
      </div>
      {action ? (
        <Button
          size="sm"
          onClick={() => {
            dismissToast(toast.id);
            action.onPress();
          }}
        >
          {action.label}
        </Button>
      ) : null}
      <Button variant="ghost" size="icon-sm" aria-label="Dismiss" onClick={() => dismissToast(toast.id)}>
        <X aria-hidden />
      </Button>
    </div>
  );
}
