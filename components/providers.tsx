"use client";

import { ThemeProvider } from "next-themes";
import { type ReactNode, useState } from "react";
import { ForgetTries } from "@/components/errors/forget-tries";
import { LabClockProvider } from "@/components/ui/lab-clock";
import { Toaster } from "@/components/ui/toaster";

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
      <LabClockProvider zone={zone} renderedAt={renderedAt}>
        {children}
      </LabClockProvider>
      <Toaster />
      <ForgetTries />
    </ThemeProvider>
  );
}
