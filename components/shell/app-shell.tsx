import type { ReactNode } from "react";
import { BottomBar } from "./bottom-bar";
import { Rail } from "./rail";
import { Shortcuts } from "./shortcuts";
import { TopBar } from "./top-bar";
import type { Viewer } from "./viewer";

/** The frame of every console page: rail, top bar, one main column. */
export function AppShell({ viewer, children }: { viewer: Viewer; children: ReactNode }) {
  return (
    <div className="flex min-h-dvh">
      <a
        href="#main"
        className="focus-ring fixed top-2 left-2 z-60 -translate-y-16 rounded-md bg-surface px-3 py-2 text-sm focus:translate-y-0"
      >
        Skip to content
      </a>
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
