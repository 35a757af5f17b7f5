"use client";

import { FileUp } from "lucide-react";
import { type DragEvent, useId, useRef, useState } from "react";
import { usePassesFocusOn } from "@/components/forms/return-focus";
import { Button } from "@/components/ui/button";
import { cn } from "@/components/ui/cn";

export interface DropZoneProps {
  /** File name endings, as `accept` takes them. */
  accept: string;
  /** What the file is, for whoever hears the page: "The file to submit". */
  label: string;
  /** What may be sent, in a sentence. */
  hint: string;
  disabled: boolean;
  onFile: (file: File) => void;
}

/** Takes one file, dropped or chosen. The button is the way by key; the rest of the box takes what is dropped. */
export function DropZone({ accept, label, hint, disabled, onFile }: DropZoneProps) {
  const [over, setOver] = useState(false);
  const [several, setSeveral] = useState(0);
  const input = useRef<HTMLInputElement>(null);
  const ref = usePassesFocusOn<HTMLDivElement>();
  const hintId = useId();
  const drop = (event: DragEvent) => {
    event.preventDefault();
    setOver(false);
    const { files } = event.dataTransfer;
    const [file] = files;
    // Which of several is meant nobody can know, and a submission may be the day's last.
    setSeveral(files.length > 1 ? files.length : 0);
    if (file && files.length === 1 && !disabled) onFile(file);
  };
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: dropping needs a pointer; the button inside does the same by key
    <div
      ref={ref}
      data-slot="drop-zone"
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={drop}
      className={cn(
        "flex flex-col items-center gap-3 rounded-md border border-border-strong border-dashed bg-sunken px-4 py-8 text-center transition-colors duration-100",
        over && !disabled && "border-primary bg-accent",
      )}
    >
      <FileUp
        aria-hidden
        className={cn("size-6", over ? "text-primary" : "text-muted-foreground")}
        strokeWidth={1.5}
      />
      <p className="text-sm">
        <span className="pointer-coarse:hidden">Drop the file here, or </span>
        <Button
          variant="secondary"
          disabled={disabled}
          aria-describedby={hintId}
          onClick={() => input.current?.click()}
          className="ml-1"
        >
          Choose a file
        </Button>
      </p>
      {several > 0 ? (
        <p role="alert" className="font-medium text-bad text-sm">
          {several} files were dropped and none was sent: one at a time is.
        </p>
      ) : null}
      <p id={hintId} className="max-w-prose text-muted-foreground text-xs">
        {hint}
      </p>
      <input
        ref={input}
        type="file"
        accept={accept}
        className="sr-only"
        tabIndex={-1}
        aria-label={label}
        onChange={({ target }) => {
          const file = target.files?.[0];
          // The same file chosen again is a new choice.
          target.value = "";
          setSeveral(0);
          if (file) onFile(file);
        }}
      />
    </div>
  );
}
