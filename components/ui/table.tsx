import type { ComponentProps } from "react";
import { cn } from "./cn";

export interface TableProps extends ComponentProps<"table"> {
  "aria-label": string;
}

/** Scrolls sideways inside its own box on narrow screens. */
export function Table({ className, ...props }: TableProps) {
  return (
    // biome-ignore lint/a11y/useSemanticElements: a section would be the panel; this is the box that scrolls
    <div
      data-slot="table-scroll"
      role="region"
      aria-label={props["aria-label"]}
      // Rows may have nothing in them to focus; what is beyond the edge must be reachable by key all the same.
      // biome-ignore lint/a11y/noNoninteractiveTabindex: the table scrolls sideways on narrow screens
      tabIndex={0}
      className="focus-ring scroll-edges relative w-full overflow-x-auto -outline-offset-2"
    >
      <table
        data-slot="table"
        className={cn("w-full border-collapse text-left text-sm tabular-nums", className)}
        {...props}
      />
    </div>
  );
}

export function TableHeader({ className, ...props }: ComponentProps<"thead">) {
  return <thead data-slot="table-header" className={cn("border-border border-b", className)} {...props} />;
}

export function TableBody({ className, ...props }: ComponentProps<"tbody">) {
  return <tbody data-slot="table-body" className={cn("[&_tr:last-child]:border-0", className)} {...props} />;
}

export function TableRow({ className, ...props }: ComponentProps<"tr">) {
  return (
    <tr
      data-slot="table-row"
      className={cn(
        "border-border border-b transition-colors duration-100 has-[a]:hover:bg-hover",
        className,
      )}
      {...props}
    />
  );
}

/** What narrow screens have no column for, as the second line of the row's first cell. */
export function TableSecondLine({ className, ...props }: ComponentProps<"p">) {
  return <p className={cn("mt-0.5 text-muted-foreground text-xs", className)} {...props} />;
}

export interface TableAlign {
  /** Numbers go to the right, so that their digits line up. */
  numeric?: boolean;
}

export function TableHead({ className, numeric, ...props }: ComponentProps<"th"> & TableAlign) {
  return (
    <th
      data-slot="table-head"
      scope="col"
      className={cn(
        "h-8 whitespace-nowrap px-3 font-medium text-muted-foreground text-xs first:pl-4 last:pr-4",
        numeric && "text-right",
        className,
      )}
      {...props}
    />
  );
}

export function TableCell({ className, numeric, ...props }: ComponentProps<"td"> & TableAlign) {
  return (
    <td
      data-slot="table-cell"
      className={cn("h-10 px-3 py-1.5 align-middle first:pl-4 last:pr-4", numeric && "text-right", className)}
      {...props}
    />
  );
}

/**
 * A row's buttons, in its last cell. On a phone they stay at the edge while the rest scrolls beneath them; the line is a
 * shadow, since collapsed borders scroll away.
 */
export function TableActions({ className, ...props }: ComponentProps<"td">) {
  return (
    <TableCell
      numeric
      className={cn(
        "max-sm:sticky max-sm:right-0 max-sm:bg-surface max-sm:shadow-[inset_1px_0_0_var(--border)]",
        className,
      )}
      {...props}
    />
  );
}
