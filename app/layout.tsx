import { GeistMono } from "geist/font/mono";
import { GeistSans } from "geist/font/sans";
import type { Metadata, Viewport } from "next";
import { headers } from "next/headers";
import type { ReactNode } from "react";
import { Providers } from "@/components/providers";
import { SurfaceProvider } from "@/components/surface/surface-provider";
import { themeColor } from "@/components/ui/theme-color";
import { getSurface } from "@/lib/api/server";
import { webEnv } from "@/lib/kernel/env/web";
import { otherSurface, urlOfSurface } from "@/lib/kernel/surface";
import "./globals.css";

export async function generateMetadata(): Promise<Metadata> {
  const { surface } = await getSurface();
  // First, since a tab shows little more than a title's beginning.
  const mark = surface === "internal" ? "INTERNAL · " : "";
  return {
    title: { default: `${mark}MedForge`, template: `${mark}%s · MedForge` },
    description: "GPU sessions on your lab's own servers.",
    robots: { index: false, follow: false },
  };
}

export async function generateViewport(): Promise<Viewport> {
  const { light, dark } = themeColor[(await getSurface()).surface];
  return {
    themeColor: [
      { media: "(prefers-color-scheme: light)", color: light },
      { media: "(prefers-color-scheme: dark)", color: dark },
    ],
  };
}

export default async function RootLayout({ children }: { children: ReactNode }) {
  const nonce = (await headers()).get("x-nonce") ?? undefined;
  const env = webEnv();
  const { surface, urls } = await getSurface();
  return (
    // The theme script sets data-theme before React arrives.
    <html
      lang="en"
      data-surface={surface}
      className={`${GeistSans.variable} ${GeistMono.variable}`}
      suppressHydrationWarning
    >
      <body>
        <Providers nonce={nonce} zone={env.MEDFORGE_ZONE} renderedAt={new Date().toISOString()}>
          <SurfaceProvider
            value={{
              surface,
              otherUrl: urlOfSurface(otherSurface(surface), urls),
              ownCa: env.MEDFORGE_OWN_CA === "yes",
            }}
          >
            {children}
          </SurfaceProvider>
        </Providers>
      </body>
    </html>
  );
}
