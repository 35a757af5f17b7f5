"use client";

import { Keyboard, KeyRound, LogOut, Settings, UserRound } from "lucide-react";
import Link from "next/link";
import { useTransition } from "react";
import { Button } from "@/components/ui/button";
import { LinkPopover, linkPopoverItem } from "./link-popover";
import { showPanel } from "./panels";
import { signOut } from "./sign-out";
import type { Viewer } from "./viewer";

const popoverId = "account-links";

export function AccountMenu({ viewer }: { viewer: Viewer }) {
  const [leaving, startLeaving] = useTransition();
  return (
    <>
      <Button variant="ghost" busy={leaving} popoverTarget={popoverId} className="gap-2 px-1.5">
        <span
          aria-hidden
          className="flex size-6 items-center justify-center rounded-full border border-border-strong bg-surface text-foreground"
        >
          <UserRound className="size-3.5" strokeWidth={2} />
        </span>
        <span className="sr-only">Account of </span>
        <span className="max-w-32 truncate max-md:sr-only">{viewer.username}</span>
      </Button>
      <LinkPopover id={popoverId} className="top-13 right-4 sm:right-6">
        <p className="mb-1 border-border border-b px-2 pt-1 pb-2 text-muted-foreground text-xs">
          Signed in as <span className="font-medium text-foreground">{viewer.username}</span>
          {viewer.role === "admin" ? ", admin" : null}
        </p>
        <Link href="/settings" className={linkPopoverItem}>
          <Settings aria-hidden strokeWidth={1.75} />
          Settings
        </Link>
        <Link href="/settings#ssh-keys" className={linkPopoverItem}>
          <KeyRound aria-hidden strokeWidth={1.75} />
          SSH keys
        </Link>
        <button type="button" className={linkPopoverItem} onClick={() => showPanel("keys")}>
          <Keyboard aria-hidden strokeWidth={1.75} />
          Keyboard shortcuts
        </button>
        <button type="button" className={linkPopoverItem} onClick={() => startLeaving(signOut)}>
          <LogOut aria-hidden strokeWidth={1.75} />
          Sign out
        </button>
      </LinkPopover>
    </>
  );
}
