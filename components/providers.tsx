"use client";

import { QueryCache, QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { ThemeProvider } from "next-themes";
import { type ReactNode, useState } from "react";
import { loginPath } from "@/components/auth/return-path";
import { LabClockProvider } from "@/components/ui/lab-clock";
import { Toaster } from "@/components/ui/toaster";

/** What live events don't bring may be this old before a mount or a return to the window asks again. */
const staleMs = 10_000;
const maxRetries = 2;

declare global {
  /** Read by the scroll lock of Radix's dialogs for the style element that it inserts. */
  var __webpack_nonce__: string | undefined;
}

export interface ProvidersProps {
  nonce: string | undefined;
  zone: string;
  renderedAt: string;
  children: ReactNode;
}

export function Providers({ nonce, zone, renderedAt, children }: ProvidersProps) {
  const [queryClient] = useState(makeQueryClient);
  // A page that an action refreshes brings its own response's nonce; the document's policy knows the first alone.
  const [documentNonce] = useState(nonce);
  if (typeof window !== "undefined") globalThis.__webpack_nonce__ = documentNonce;
  return (
    <ThemeProvider
      attribute="data-theme"
      defaultTheme="system"
      enableSystem
      enableColorScheme={false}
      disableTransitionOnChange
      {...(documentNonce ? { nonce: documentNonce } : {})}
    >
      <QueryClientProvider client={queryClient}>
        <LabClockProvider zone={zone} renderedAt={renderedAt}>
          {children}
        </LabClockProvider>
      </QueryClientProvider>
      <Toaster />
    </ThemeProvider>
  );
}

function makeQueryClient(): QueryClient {
  return new QueryClient({
    queryCache: new QueryCache({ onError: leaveWhenSignedOut }),
    defaultOptions: {
      queries: {
        staleTime: staleMs,
        // What the server refused it will refuse again; only a lost connection is worth another try.
        retry: (failures, error) => statusOf(error) === undefined && failures < maxRetries,
      },
    },
  });
}

/** A login that ended while the page was open: sign in and come back here. */
function leaveWhenSignedOut(error: unknown): void {
  if (statusOf(error) !== 401) return;
  window.location.assign(loginPath(`${window.location.pathname}${window.location.search}`));
}

/** The HTTP status of an API refusal (its `problem`); undefined for a connection that failed. */
function statusOf(error: unknown): number | undefined {
  if (typeof error !== "object" || error === null || !("problem" in error)) return undefined;
  const { problem } = error;
  if (typeof problem !== "object" || problem === null || !("status" in problem)) return undefined;
  return typeof problem.status === "number" ? problem.status : undefined;
}
