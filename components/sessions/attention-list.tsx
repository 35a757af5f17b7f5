"use client";

import Link from "next/link";
import { Button } from "@/components/ui/button";
import { useLabZone, useNow } from "@/components/ui/lab-clock";
import { Notice } from "@/components/ui/notice";
import type { SessionView } from "@/lib/sessions/model";
import { type Attention, needsAttention } from "./attention";

const looks = {
  failed: { tone: "bad", title: (slug: string) => `Session ${slug} failed` },
  ending: { tone: "warn", title: (slug: string) => `Session ${slug} is about to end` },
  condition: { tone: "warn", title: (slug: string) => `Session ${slug} is held up` },
} as const satisfies Record<Attention["kind"], { tone: "bad" | "warn"; title: (slug: string) => string }>;

/** What needs me, above everything else on the page; nothing at all when nothing does. */
export function AttentionList({ sessions }: { sessions: readonly SessionView[] }) {
  const zone = useLabZone();
  const items = needsAttention(sessions, new Date(useNow(15_000)), zone);
  if (items.length === 0) return null;
  return (
    <ul aria-label="Needs you" className="flex flex-col gap-2">
      {items.map(({ slug, kind, text }) => (
        <li key={slug}>
          <Notice
            tone={looks[kind].tone}
            title={looks[kind].title(slug)}
            action={
              <Button asChild size="sm">
                <Link href={`/sessions/${slug}`}>Open</Link>
              </Button>
            }
          >
            <span suppressHydrationWarning>{text}</span>
          </Notice>
        </li>
      ))}
    </ul>
  );
}
