import { GeistMono } from "geist/font/mono";
import { GeistSans } from "geist/font/sans";
import type { Metadata, Viewport } from "next";
import { headers } from "next/headers";
import type { ReactNode } from "react";
import { Providers } from "@/components/providers";
import { themeColor } from "@/components/ui/theme-color";
import { webEnv } from "@/lib/kernel/env/web";
import "./globals.css";

export const metadata: Metadata = {
  title: { default: "MedForge", template: "%s · MedForge" },
  description: "GPU sessions on your lab's own servers.",
  robots: { index: false, follow: false },
};

export const viewport: Viewport = {
  themeColor: [
    { media: "(prefers-color-scheme: light)", color: themeColor.light },
    { media: "(prefers-color-scheme: dark)", color: themeColor.dark },
  ],
};

export default async function RootLayout({ children }: { children: ReactNode }) {
  const nonce = (await headers()).get("x-nonce") ?? undefined;
  return (
    // The theme script sets data-theme before React arrives.
    <html lang="en" className={`${GeistSans.variable} ${GeistMono.variable}`} suppressHydrationWarning>
      <body>
        <Providers nonce={nonce} zone={webEnv().MEDFORGE_ZONE} renderedAt={new Date().toISOString()}>
          {children}
        </Providers>
      </body>
    </html>
  );
}
