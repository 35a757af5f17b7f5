"use client";

import Link from "next/link";
import { useSurface } from "@/components/surface/surface-provider";
import { cn } from "@/components/ui/cn";
import { useLabZone } from "@/components/ui/lab-clock";
import { StateMark } from "@/components/ui/state-badge";
import { Time } from "@/components/ui/time";
import type { NoticeView } from "@/lib/notices/model";
import { noticeText } from "@/lib/notices/rules";

/** One notice, leading to what it is about; opening it marks it as read. */
export function NoticeItem({ notice, onRead }: { notice: NoticeView; onRead: (id: string) => void }) {
  const { title, body, tone, href, surface } = noticeText(notice.content, useLabZone());
  const here = useSurface();
  // A page of the other surface is at its address.
  const elsewhere = surface !== null && surface !== here.surface ? here.otherUrl : null;
  const unread = notice.readAt === null;
  return (
    <li className="border-border border-b last:border-0">
      <Link
        href={`${elsewhere ?? ""}${href}`}
        onClick={(event) => {
          event.currentTarget.closest<HTMLElement>("[popover]")?.hidePopover();
          if (unread) onRead(notice.id);
        }}
        className="focus-ring flex gap-3 px-4 py-3 text-sm -outline-offset-2 hover:bg-hover"
      >
        <StateMark tone={tone} className="mt-1.5" />
        <span className="min-w-0 flex-1">
          <span className={cn("block break-words", unread && "font-medium")}>
            {unread ? <span className="sr-only">Unread: </span> : null}
            {title}
          </span>
          <span className="block break-words text-muted-foreground">{body}</span>
          <Time value={notice.createdAt} className="text-muted-foreground text-xs" />
        </span>
        <span aria-hidden className={cn("mt-1.5 size-2 shrink-0 rounded-full", unread && "bg-primary")} />
      </Link>
    </li>
  );
}
