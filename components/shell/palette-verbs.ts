import {
  Boxes,
  Keyboard,
  KeyRound,
  LockKeyhole,
  LogOut,
  type LucideIcon,
  Medal,
  Play,
  Ticket,
} from "lucide-react";
import type { useRouter } from "next/navigation";
import { goTo } from "./go-to";
import { showPanel } from "./panels";
import { signOut } from "./sign-out";

export interface PaletteVerb {
  readonly label: string;
  readonly icon: LucideIcon;
  readonly run: (router: ReturnType<typeof useRouter>) => void | Promise<void>;
}

/** What can be done from anywhere; verbs on one thing come from its page through `usePageCommands`. */
export const paletteVerbs: readonly PaletteVerb[] = [
  { label: "Launch a session", icon: Play, run: (router) => goTo(router, "/home", "#launch") },
  { label: "Create a workspace", icon: Boxes, run: (router) => goTo(router, "/workspaces", "#new") },
  { label: "See the rankings", icon: Medal, run: (router) => router.push("/competitions/rankings") },
  { label: "Add an SSH key", icon: KeyRound, run: (router) => router.push("/settings#ssh-keys") },
  { label: "Create an API token", icon: Ticket, run: (router) => router.push("/settings#api-tokens") },
  { label: "Change your password", icon: LockKeyhole, run: (router) => router.push("/settings#password") },
  { label: "Show keyboard shortcuts", icon: Keyboard, run: () => showPanel("keys") },
  { label: "Sign out", icon: LogOut, run: signOut },
];
