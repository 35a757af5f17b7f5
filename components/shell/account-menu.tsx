"use client";

import { Keyboard, KeyRound, LogOut, Settings, UserRound } from "lucide-react";
import { useRouter } from "next/navigation";
import { useTransition } from "react";
import { logout } from "@/app/(auth)/actions";
import { Button } from "@/components/ui/button";
import {
  DropdownMenu,
  DropdownMenuContent,
  DropdownMenuItem,
  DropdownMenuLabel,
  DropdownMenuSeparator,
  DropdownMenuTrigger,
} from "@/components/ui/dropdown-menu";
import { showPanel } from "./panels";
import type { Viewer } from "./viewer";

export function AccountMenu({ viewer }: { viewer: Viewer }) {
  const router = useRouter();
  const [leaving, startLeaving] = useTransition();
  return (
    <DropdownMenu>
      <DropdownMenuTrigger asChild>
        <Button variant="ghost" busy={leaving} className="gap-2 px-1.5">
          <span
            aria-hidden
            className="flex size-6 items-center justify-center rounded-full border border-border-strong bg-surface text-foreground"
          >
            <UserRound className="size-3.5" strokeWidth={2} />
          </span>
          <span className="sr-only">Account of </span>
          <span className="max-w-32 truncate max-md:sr-only">{viewer.username}</span>
        </Button>
      </DropdownMenuTrigger>
      <DropdownMenuContent className="min-w-52">
        <DropdownMenuLabel>
          Signed in as <span className="font-medium text-foreground">{viewer.username}</span>
          {viewer.role === "admin" ? ", admin" : null}
        </DropdownMenuLabel>
        <DropdownMenuSeparator />
        <DropdownMenuItem onSelect={() => router.push("/settings")}>
          <Settings aria-hidden strokeWidth={1.75} />
          Settings
        </DropdownMenuItem>
        <DropdownMenuItem onSelect={() => router.push("/settings#ssh-keys")}>
          <KeyRound aria-hidden strokeWidth={1.75} />
          SSH keys
        </DropdownMenuItem>
        <DropdownMenuItem onSelect={() => showPanel("keys")}>
          <Keyboard aria-hidden strokeWidth={1.75} />
          Keyboard shortcuts
        </DropdownMenuItem>
        <DropdownMenuSeparator />
        <DropdownMenuItem onSelect={() => startLeaving(async () => logout())}>
          <LogOut aria-hidden strokeWidth={1.75} />
          Sign out
        </DropdownMenuItem>
      </DropdownMenuContent>
    </DropdownMenu>
  );
}
