import { ChevronLeft } from "lucide-react";
import Link from "next/link";
import type { ReactNode } from "react";

export interface PageHeaderProps {
  title: ReactNode;
  /** The list this thing is in, as a link above the title. */
  parent?: { href: string; label: string };
  /** State badge beside the title. */
  state?: ReactNode;
  description?: ReactNode;
  actions?: ReactNode;
}

/** The one h1 of a console page, with its state and what can be done. */
export function PageHeader({ title, parent, state, description, actions }: PageHeaderProps) {
  return (
    <header data-slot="page-header" className="flex flex-wrap items-end justify-between gap-x-6 gap-y-3 pb-5">
      <div className="min-w-0">
        {parent ? (
          <Link
            href={parent.href}
            className="focus-ring -ml-1 inline-flex items-center gap-0.5 rounded-sm text-muted-foreground text-xs hover:text-foreground"
          >
            <ChevronLeft aria-hidden className="size-3.5" />
            {parent.label}
          </Link>
        ) : null}
        <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
          <h1 className="font-semibold text-xl tracking-tight">{title}</h1>
          {state}
        </div>
        {description ? (
          <p className="mt-0.5 max-w-prose text-muted-foreground text-sm">{description}</p>
        ) : null}
      </div>
      {actions ? <div className="flex flex-wrap items-center gap-2">{actions}</div> : null}
    </header>
  );
}
