"use client";

import { type ReactNode, useState, useTransition } from "react";
import { previewMarkdown } from "@/app/(console)/admin/actions";
import { called } from "@/components/forms/called";
import { Button } from "@/components/ui/button";
import { Field } from "@/components/ui/field";
import { Textarea } from "@/components/ui/textarea";

export interface MarkdownFieldProps {
  label: string;
  error: string | undefined;
  value: string;
  onValueChange: (text: string) => void;
}

interface Preview {
  readonly of: string;
  readonly shown: ReactNode;
}

/** A text in Markdown, and how it will look: the server makes the one of the other, as it does for everybody. */
export function MarkdownField({ label, error, value, onValueChange }: MarkdownFieldProps) {
  const [preview, setPreview] = useState<Preview | null>(null);
  const [failure, setFailure] = useState<string>();
  const [busy, start] = useTransition();
  const show = () =>
    start(async () => {
      const made = await called(() => previewMarkdown(value));
      setFailure(made.ok ? undefined : made.problem.detail);
      if (made.ok) setPreview({ of: value, shown: made.shown });
    });
  const isShown = preview !== null && preview.of === value;
  return (
    <div className="flex min-w-0 flex-col gap-2">
      <Field label={label} error={error ?? failure}>
        {(control) => (
          <Textarea
            {...control}
            rows={12}
            value={value}
            onChange={(event) => onValueChange(event.target.value)}
            className="font-mono text-xs"
          />
        )}
      </Field>
      <Button size="sm" className="self-start" busy={busy} disabled={value.trim() === ""} onClick={show}>
        Preview {label.toLowerCase()}
      </Button>
      {isShown ? (
        <section
          aria-label={`Preview of ${label.toLowerCase()}`}
          // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, which must be possible by key
          tabIndex={0}
          className="focus-ring max-h-96 overflow-auto rounded-md border border-border bg-sunken px-4 py-3"
        >
          {preview.shown}
        </section>
      ) : null}
    </div>
  );
}
