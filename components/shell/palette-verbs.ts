import { Boxes, Keyboard, KeyRound, LockKeyhole, LogOut, type LucideIcon, Play, Ticket } from "lucide-react";
import type { useRouter } from "next/navigation";
import { logout } from "@/app/(auth)/actions";
import { showPanel } from "./panels";

export interface PaletteVerb {
  readonly label: string;
  readonly icon: LucideIcon;
  readonly run: (router: ReturnType<typeof useRouter>) => void;
}

/** What can be done from anywhere; verbs on one thing come from its page through `usePageCommands`. */
export const paletteVerbs: readonly PaletteVerb[] = [
  { label: "Launch a session", icon: Play, run: (router) => router.push("/home#launch") },
  { label: "Create a workspace", icon: Boxes, run: (router) => router.push("/workspaces#new") },
  { label: "Add an SSH key", icon: KeyRound, run: (router) => router.push("/settings#ssh-keys") },
  { label: "Create an API token", icon: Ticket, run: (router) => router.push("/settings#api-tokens") },
  { label: "Change your password", icon: LockKeyhole, run: (router) => router.push("/settings#password") },
  { label: "Show keyboard shortcuts", icon: Keyboard, run: () => showPanel("keys") },
  { label: "Sign out", icon: LogOut, run: () => void logout() },
];
