"use client";

import { Globe, ShieldCheck } from "lucide-react";
import { cn } from "@/components/ui/cn";
import type { Surface } from "@/lib/kernel/surface";
import { useSurface } from "./surface-provider";

const looks = {
  external: {
    icon: Globe,
    word: "EXTERNAL",
    title: "The lab's external side: sessions reach the internet. Keep data that must stay inside off it.",
    className: "border border-border-strong text-muted-foreground",
  },
  internal: {
    icon: ShieldCheck,
    word: "INTERNAL",
    title: "The lab's internal side: sessions have no way to the internet, for data that must stay inside.",
    className: "bg-internal text-internal-foreground",
  },
} as const satisfies Record<Surface, { icon: typeof Globe; word: string; title: string; className: string }>;

/** Which surface this is, so that nobody mistakes one for the other. */
export function SurfaceWord() {
  const { icon: Icon, word, title, className } = looks[useSurface().surface];
  return (
    <span
      title={title}
      className={cn(
        "inline-flex h-6 shrink-0 cursor-default items-center gap-1.5 rounded-sm px-2 font-medium font-mono text-[0.6875rem] tracking-wider",
        className,
      )}
    >
      <Icon aria-hidden className="size-3" strokeWidth={2} />
      {word}
    </span>
  );
}
