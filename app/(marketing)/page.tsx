import Link from "next/link";
import { redirect } from "next/navigation";
import { homePath } from "@/components/auth/return-path";
import { Facts } from "@/components/marketing/facts";
import { ServerDrawing } from "@/components/marketing/server-drawing";
import { Transcript } from "@/components/marketing/transcript";
import { Wordmark } from "@/components/shell/logo";
import { SurfaceWord } from "@/components/surface/surface-word";
import { Button } from "@/components/ui/button";
import { getServerContext } from "@/lib/api/server";
import { webEnv } from "@/lib/kernel/env/web";

/** For whom does not know the lab yet; who is signed in has come for their sessions. */
export default async function LandingPage() {
  if ((await getServerContext()).actor) redirect(homePath);
  const { MEDFORGE_SSH_HOST: sshHost } = webEnv();
  return (
    <div className="mx-auto flex min-h-dvh max-w-6xl flex-col px-5 sm:px-8">
      <header className="flex min-h-14 flex-wrap items-center justify-between gap-y-2 py-2">
        <span className="flex items-center gap-4">
          <Wordmark />
          <SurfaceWord />
        </span>
        {/* On a phone the same two stand below, and the bar has no room for them. */}
        <nav aria-label="Account" className="flex items-center gap-2 max-sm:hidden">
          <Button asChild variant="ghost">
            <Link href="/login">Sign in</Link>
          </Button>
          <Button asChild>
            <Link href="/signup">Create account</Link>
          </Button>
        </nav>
      </header>

      <main className="grid flex-1 content-center gap-x-16 gap-y-10 py-10 lg:grid-cols-[minmax(0,5fr)_minmax(0,6fr)]">
        <div className="flex flex-col justify-center gap-6">
          <div className="flex flex-col gap-3">
            <p className="font-mono text-muted-foreground text-xs">{sshHost}</p>
            <h1 className="max-w-[18ch] font-semibold text-[2.125rem] leading-[2.5rem] tracking-[-0.025em]">
              A GPU of this lab, a second away.
            </h1>
            <p className="max-w-[52ch] text-lg text-muted-foreground">
              Launch a session on the group's own servers and ssh into it. Stop when you are done; the work
              stays.
            </p>
          </div>
          <div className="flex flex-wrap gap-2">
            <Button asChild variant="primary" size="lg">
              <Link href="/login">Sign in</Link>
            </Button>
            <Button asChild size="lg">
              <Link href="/signup">Create account</Link>
            </Button>
          </div>
          <Facts />
        </div>

        <div className="flex flex-col justify-center">
          <ServerDrawing className="max-sm:hidden" />
          <div className="rounded-lg border border-border bg-surface p-4 sm:border-primary/60">
            <Transcript sshHost={sshHost} />
          </div>
        </div>
      </main>

      <footer className="flex flex-wrap gap-x-6 gap-y-1 border-border border-t py-4 text-muted-foreground text-xs">
        <span>Apache-2.0</span>
        <a className="focus-ring rounded-sm hover:text-foreground" href="/api/v2/spec.json">
          API description
        </a>
        <a className="focus-ring rounded-sm hover:text-foreground" href="/api/v2/health">
          Health
        </a>
      </footer>
    </div>
  );
}
