"use client";

import { Bell } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import { Button } from "@/components/ui/button";
import { useLabZone } from "@/components/ui/lab-clock";
import type { NoticeView } from "@/lib/notices/model";
import { noticeText } from "@/lib/notices/rules";
import { NoticePanel, noticePanelId } from "./panel";
import { useNotices } from "./use-notices";

/** More would make the mark grow. */
const mostShown = 99;

/** What happened while one was looking elsewhere: how much of it is unread, and on a press all of it. */
export function NoticeBell() {
  const { query, notices, unread } = useNotices();
  return (
    <>
      <Button
        variant="ghost"
        size="icon"
        popoverTarget={noticePanelId}
        aria-label={unread === 0 ? "Notices" : `Notices, ${unread} unread`}
        className="relative"
      >
        <Bell aria-hidden strokeWidth={1.75} />
        {unread > 0 ? (
          <span
            aria-hidden
            data-slot="unread-count"
            className="absolute -top-0.5 -right-0.5 flex h-4 min-w-4 items-center justify-center rounded-full bg-primary px-1 font-medium text-[0.625rem] text-primary-foreground tabular-nums leading-none"
          >
            {unread > mostShown ? `${mostShown}+` : unread}
          </span>
        ) : null}
      </Button>
      <NoticePanel query={query} notices={notices} unread={unread} />
      <Announcer notices={notices} />
    </>
  );
}

/** Reads out what comes while the page is open, not what was there before. */
function Announcer({ notices }: { notices: readonly NoticeView[] | undefined }) {
  const zone = useLabZone();
  /** The newest so far; null while there was none, undefined before the list has come. */
  const known = useRef<string | null | undefined>(undefined);
  const [said, setSaid] = useState("");
  useEffect(() => {
    if (!notices) return;
    const [newest] = notices;
    const before = known.current;
    known.current = newest?.id ?? null;
    if (!newest || before === undefined || before === newest.id || newest.readAt !== null) return;
    setSaid(noticeText(newest.content, zone).title);
  }, [notices, zone]);
  return (
    <span aria-live="polite" data-slot="notice-announcer" className="sr-only">
      {said}
    </span>
  );
}
