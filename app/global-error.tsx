"use client";

import { ErrorId, type ErrorPageProps } from "@/components/errors/error-id";
import { useTryAgain } from "@/components/errors/try-again";
import "./globals.css";

/** When not even the root layout could be made: the database or a setting is missing. No provider is there to lean on. */
export default function GlobalError({ error, retry }: ErrorPageProps) {
  const { cut, trying, again } = useTryAgain(error, retry);
  const title = trying ? "Loading again" : "MedForge can't show this page";
  return (
    <html lang="en">
      <head>
        <title>{title}</title>
      </head>
      <body>
        <main className="mx-auto flex max-w-130 flex-col items-start gap-4 px-5 pt-[20vh]">
          <h1 className="font-semibold text-xl tracking-tight">{title}</h1>
          <p className="text-muted-foreground">
            {cut ? (
              "The connection to the lab was lost while this page loaded. Running sessions go on."
            ) : (
              <>
                The web process failed before it could start the page. Running sessions go on. On the host,{" "}
                <code className="font-mono text-foreground text-sm">./medforge doctor</code> says which part
                is at fault.
              </>
            )}
          </p>
          <ErrorId error={error} />
          <button
            type="button"
            onClick={again}
            className="focus-ring h-8 rounded-md border border-border-strong bg-surface px-3 font-medium text-sm"
          >
            Try again
          </button>
        </main>
      </body>
    </html>
  );
}
