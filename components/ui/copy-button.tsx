"use client";

import { Check, Copy } from "lucide-react";
import { useEffect, useState } from "react";
import { Button, type ButtonProps } from "./button";
import { writeClipboard } from "./clipboard";

/** How long the tick stays, long enough to be read and short enough to copy again. */
const confirmMs = 1_600;

export interface CopyButtonProps extends Omit<ButtonProps, "onCopy"> {
  text: string;
  /** What is copied, for the button's name: "Copy ssh command". */
  label: string;
}

/** Copies in one press, shows a tick, and tells assistive technology that it did, or that it could not. */
export function CopyButton({ text, label, ...props }: CopyButtonProps) {
  const [outcome, setOutcome] = useState<"idle" | "copied" | "failed">("idle");
  useEffect(() => {
    if (outcome === "idle") return;
    const timer = setTimeout(() => setOutcome("idle"), confirmMs);
    return () => clearTimeout(timer);
  }, [outcome]);

  const copy = async () => setOutcome((await writeClipboard(text)) ? "copied" : "failed");
  const Icon = outcome === "copied" ? Check : Copy;
  return (
    <>
      <Button
        data-slot="copy-button"
        variant="ghost"
        size="icon-sm"
        aria-label={label}
        title={label}
        onClick={() => void copy()}
        {...props}
      >
        <Icon aria-hidden className={outcome === "copied" ? "text-ok" : undefined} />
      </Button>
      <span aria-live="polite" className="sr-only">
        {outcome === "copied" ? "Copied." : null}
        {outcome === "failed" ? "The browser refused the clipboard. Select the text and copy it." : null}
      </span>
    </>
  );
}
