"use client";

import { Search } from "lucide-react";
import Link from "next/link";
import { ConnectionState } from "@/components/live/connection-state";
import { NoticeBell } from "@/components/notices/bell";
import { SurfaceWord } from "@/components/surface/surface-word";
import { Kbd } from "@/components/ui/kbd";
import { AccountMenu } from "./account-menu";
import { preloadPalette } from "./lazy-panels";
import { LogoMark } from "./logo";
import { openPalette } from "./panels";
import { ThemeToggle } from "./theme-toggle";
import type { Viewer } from "./viewer";

export function TopBar({ viewer }: { viewer: Viewer }) {
  return (
    <header className="sticky top-0 z-30 flex h-12 shrink-0 items-center gap-3 border-border border-b bg-background px-4 in-data-[surface=internal]:bg-internal-surface sm:px-6">
      <Link href="/home" aria-label="MedForge, home" className="focus-ring rounded-sm p-1 md:hidden">
        <LogoMark />
      </Link>
      <SurfaceWord />
      <ConnectionState />
      <div className="ml-auto flex items-center gap-1">
        <PaletteButton />
        <NoticeBell />
        <ThemeToggle />
        <AccountMenu viewer={viewer} />
      </div>
    </header>
  );
}

function PaletteButton() {
  return (
    <button
      type="button"
      onClick={openPalette}
      onPointerEnter={preloadPalette}
      onFocus={preloadPalette}
      aria-keyshortcuts="Meta+K Control+K"
      className="focus-ring inline-flex h-8 items-center gap-2 rounded-md px-2 text-muted-foreground text-sm transition-colors duration-100 hover:bg-accent hover:text-foreground sm:w-56 sm:border sm:border-border sm:bg-surface pointer-coarse:h-10"
    >
      <Search aria-hidden className="size-4" strokeWidth={1.75} />
      <span className="max-sm:sr-only">Go to or do</span>
      <Kbd aria-hidden className="ml-auto max-sm:hidden">
        ⌘K
      </Kbd>
    </button>
  );
}
