import type { ReactNode } from "react";
import { cn } from "@/components/ui/cn";
import { BottomBar } from "./bottom-bar";
import { Rail } from "./rail";
import { Shortcuts } from "./shortcuts";
import { TopBar } from "./top-bar";
import type { Viewer } from "./viewer";

/** The frame of every console page: rail, top bar, one main column. */
export function AppShell({ viewer, children }: { viewer: Viewer; children: ReactNode }) {
  return (
    <div className="flex min-h-dvh">
      <SkipLink to="main">Skip to content</SkipLink>
      {/* Where there is a calendar, whose one stop has that name: some twenty others lie before it. */}
      <SkipLink to="hours" className="hidden [body:has(#hours)_&]:block">
        Skip to the hours
      </SkipLink>
      <Rail viewer={viewer} />
      <div className="flex min-w-0 flex-1 flex-col">
        <TopBar viewer={viewer} />
        <main
          id="main"
          tabIndex={-1}
          className="w-full max-w-7xl flex-1 px-4 pt-6 pb-24 outline-none sm:px-6 md:pb-12"
        >
          {children}
        </main>
      </div>
      <BottomBar viewer={viewer} />
      <Shortcuts viewer={viewer} />
    </div>
  );
}

interface SkipLinkProps {
  /** The id of what it leads to. */
  to: string;
  className?: string;
  children: string;
}

/** Out of sight until it has the focus. */
function SkipLink({ to, className, children }: SkipLinkProps) {
  return (
    <a
      href={`#${to}`}
      className={cn(
        "focus-ring fixed top-2 left-2 z-60 -translate-y-16 rounded-md bg-surface px-3 py-2 text-sm focus:translate-y-0",
        className,
      )}
    >
      {children}
    </a>
  );
}
