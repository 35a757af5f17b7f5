import Link from "next/link";
import type { ReactNode } from "react";
import { Wordmark } from "@/components/shell/logo";
import { SurfaceWord } from "@/components/surface/surface-word";

export interface AuthFrameProps {
  title: string;
  /** The other way in, below the form. */
  alternative: ReactNode;
  children: ReactNode;
}

/** The narrow column that login and signup share. */
export function AuthFrame({ title, alternative, children }: AuthFrameProps) {
  return (
    <div className="flex min-h-dvh flex-col">
      <header className="flex h-14 items-center gap-4 px-5 sm:px-8">
        <Link href="/" className="focus-ring rounded-sm">
          <Wordmark />
        </Link>
        <SurfaceWord />
      </header>
      <main className="mx-auto flex w-full max-w-85 flex-1 flex-col px-5 pt-[12vh] pb-16">
        <h1 className="mb-5 font-semibold text-xl tracking-tight">{title}</h1>
        {children}
        <p className="mt-5 text-muted-foreground text-sm">{alternative}</p>
      </main>
    </div>
  );
}
