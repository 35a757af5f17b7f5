import type { ComponentProps, ReactNode } from "react";
import { cn } from "./cn";

export interface PanelProps extends Omit<ComponentProps<"section">, "title"> {
  title?: ReactNode;
  description?: ReactNode;
  /** At the right end of the title's line. */
  actions?: ReactNode;
  /** "flush" lets a table or list touch the hairline border; "padded" is for text and forms. */
  inset?: "flush" | "padded";
  /** Danger zones carry the danger tone in their border. */
  tone?: "default" | "danger";
}

/** A hairline box with an optional title: no shadow, no fill of its own beyond the surface. */
export function Panel({
  title,
  description,
  actions,
  inset = "padded",
  tone = "default",
  className,
  children,
  ...props
}: PanelProps) {
  const header = title || actions;
  return (
    <section
      data-slot="panel"
      className={cn(
        "overflow-hidden rounded-lg border border-border bg-surface",
        tone === "danger" && "border-bad-border",
        className,
      )}
      {...props}
    >
      {header ? (
        <header className="flex min-h-11 flex-wrap items-center justify-between gap-x-4 gap-y-2 border-border border-b px-4 py-2">
          <div className="min-w-0">
            <h2 className="font-semibold text-sm leading-5">{title}</h2>
            {description ? <p className="text-muted-foreground text-xs">{description}</p> : null}
          </div>
          {actions ? <div className="flex items-center gap-2">{actions}</div> : null}
        </header>
      ) : null}
      <div className={inset === "padded" ? "p-4" : undefined}>{children}</div>
    </section>
  );
}

/** Label and value pairs, as on the top of every thing's page. */
export function Facts({ className, ...props }: ComponentProps<"dl">) {
  return (
    <dl
      data-slot="facts"
      className={cn("grid grid-cols-2 gap-x-6 gap-y-3 sm:grid-cols-3 lg:grid-cols-4", className)}
      {...props}
    />
  );
}

export interface FactProps {
  label: ReactNode;
  children: ReactNode;
  className?: string;
}

export function Fact({ label, children, className }: FactProps) {
  return (
    <div className={cn("min-w-0", className)}>
      <dt className="text-muted-foreground text-xs">{label}</dt>
      <dd className="truncate text-sm tabular-nums">{children}</dd>
    </div>
  );
}
