import Link from "next/link";
import type { ReactNode } from "react";
import { Wordmark } from "@/components/shell/logo";
import { SurfaceWord } from "@/components/surface/surface-word";

export interface PlainFrameProps {
  title: string;
  /** Why, and what to do. */
  children: ReactNode;
  actions: ReactNode;
}

/** The page that stands in for one outside the console that can't be shown. */
export function PlainFrame({ title, children, actions }: PlainFrameProps) {
  return (
    <div className="flex min-h-dvh flex-col">
      <header className="flex h-14 items-center gap-4 px-5 sm:px-8">
        <Link href="/" className="focus-ring rounded-sm">
          <Wordmark />
        </Link>
        <SurfaceWord />
      </header>
      <main className="mx-auto flex w-full max-w-130 flex-1 flex-col gap-4 px-5 pt-[14vh]">
        <h1 className="font-semibold text-xl tracking-tight">{title}</h1>
        <div className="flex flex-col gap-2 text-muted-foreground">{children}</div>
        <div className="flex gap-2">{actions}</div>
      </main>
    </div>
  );
}
