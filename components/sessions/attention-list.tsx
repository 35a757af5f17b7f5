"use client";

import Link from "next/link";
import { Button } from "@/components/ui/button";
import { useLabZone, useNow } from "@/components/ui/lab-clock";
import { Notice } from "@/components/ui/notice";
import { diskWarning } from "@/components/workspaces/disk-warning";
import { spaceUse } from "@/components/workspaces/size";
import type { SessionView } from "@/lib/sessions/model";
import type { WorkspaceView } from "@/lib/workspaces/model";
import { type Attention, needsAttention } from "./attention";

const looks = {
  failed: { tone: "bad", title: (slug: string) => `Session ${slug} failed` },
  ending: { tone: "warn", title: (slug: string) => `Session ${slug} is about to end` },
  hours: { tone: "warn", title: (slug: string) => `Session ${slug} ends with the week's GPU-hours` },
  isolation: {
    tone: "bad",
    title: (slug: string) => `Session ${slug} is not isolated as it should be; tell an administrator`,
  },
  condition: { tone: "warn", title: (slug: string) => `Session ${slug} is waiting` },
} as const satisfies Record<Attention["kind"], { tone: "bad" | "warn"; title: (slug: string) => string }>;

export interface AttentionListProps {
  sessions: readonly SessionView[];
  workspaces: readonly WorkspaceView[];
}

/** What needs me, above everything else on the page; nothing at all when nothing does. */
export function AttentionList({ sessions, workspaces }: AttentionListProps) {
  const zone = useLabZone();
  const items = needsAttention(sessions, new Date(useNow(15_000)), zone);
  const disks = workspaces.flatMap((workspace) => {
    const warning = diskWarning(workspace, spaceUse(workspace));
    return warning ? [{ id: workspace.id, ...warning }] : [];
  });
  if (items.length === 0 && disks.length === 0) return null;
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
      {disks.map(({ id, tone, title, text }) => (
        <li key={id}>
          <Notice
            tone={tone}
            title={title}
            action={
              <Button asChild size="sm">
                <Link href={`/workspaces/${id}`}>Open</Link>
              </Button>
            }
          >
            {text}
          </Notice>
        </li>
      ))}
    </ul>
  );
}
