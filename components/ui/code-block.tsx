import { cn } from "./cn";
import { CopyButton } from "./copy-button";

export interface CodeBlockProps {
  /** Exactly what is copied. */
  code: string;
  /** What it is, for the copy button's name: "ssh command". */
  label: string;
  /** Long lines scroll; with `wrap` they break instead, for keys and tokens. */
  wrap?: boolean;
  /** Shows a prompt before the first line; it is not copied. */
  prompt?: boolean;
  className?: string;
}

/** A command or config to take away in one press. */
export function CodeBlock({ code, label, wrap, prompt, className }: CodeBlockProps) {
  return (
    <div
      data-slot="code-block"
      className={cn("flex items-start rounded-md border border-border bg-sunken", className)}
    >
      <pre
        // biome-ignore lint/a11y/noNoninteractiveTabindex: the text scrolls sideways and must be reachable
        tabIndex={0}
        className={cn(
          "focus-ring min-w-0 flex-1 rounded-md px-3 py-2 font-mono pointer-coarse:py-3 text-xs leading-5",
          wrap ? "whitespace-pre-wrap break-all" : "overflow-x-auto",
        )}
      >
        {prompt ? (
          <span aria-hidden="true" className="mr-2 select-none text-subtle-foreground">
            $
          </span>
        ) : null}
        <code>{code}</code>
      </pre>
      <div className="p-1">
        <CopyButton text={code} label={`Copy ${label}`} />
      </div>
    </div>
  );
}
