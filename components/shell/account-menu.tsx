"use client";

import { Keyboard, KeyRound, LogOut, Settings } from "lucide-react";
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
        <Button
          variant="ghost"
          busy={leaving}
          aria-label={`Account of ${viewer.username}`}
          className="gap-2 px-1.5"
        >
          <span
            aria-hidden
            className="flex size-6 items-center justify-center rounded-full border border-border-strong bg-surface font-semibold text-foreground text-xs uppercase"
          >
            {viewer.username.slice(0, 1)}
          </span>
          <span className="max-w-32 truncate max-md:hidden">{viewer.username}</span>
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
