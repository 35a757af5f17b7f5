import { type ReactNode, useId } from "react";
import { cn } from "./cn";
import { Label } from "./label";

export interface FieldControlProps {
  id: string;
  "aria-describedby"?: string;
  "aria-invalid"?: true;
}

export interface FieldProps {
  label: ReactNode;
  /** What to enter, before anything went wrong. */
  hint?: ReactNode;
  /** What is wrong with what was entered; replaces the hint and is announced. */
  error?: string | undefined;
  /** Shown beside the label for what may stay empty. */
  optional?: boolean;
  className?: string;
  /** Gets what ties the control to its label and texts: `{(control) => <Input {...control} />}`. */
  children: (control: FieldControlProps) => ReactNode;
}

/** A labelled control with a hint or, in its place, the problem. */
export function Field({ label, hint, error, optional, className, children }: FieldProps) {
  const id = useId();
  const textId = `${id}-text`;
  const text = error ?? hint;
  return (
    <div data-slot="field" className={cn("flex flex-col gap-1.5", className)}>
      <div className="flex items-baseline justify-between gap-2">
        <Label htmlFor={id}>{label}</Label>
        {optional ? <span className="text-muted-foreground text-xs">Optional</span> : null}
      </div>
      {children({
        id,
        ...(text ? { "aria-describedby": textId } : {}),
        ...(error ? { "aria-invalid": true as const } : {}),
      })}
      {text ? (
        <p
          id={textId}
          role={error ? "alert" : undefined}
          className={cn("text-xs", error ? "text-bad" : "text-muted-foreground")}
        >
          {text}
        </p>
      ) : null}
    </div>
  );
}
