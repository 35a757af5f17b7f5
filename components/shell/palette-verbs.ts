import {
  Boxes,
  CalendarCheck,
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
import type { Viewer } from "./viewer";

export interface PaletteVerb {
  readonly label: string;
  readonly icon: LucideIcon;
  /** Of no use where no GPU's hours are booked. */
  readonly booked?: true;
  readonly run: (router: ReturnType<typeof useRouter>) => void | Promise<void>;
}

/** What can be done from anywhere; verbs on one thing come from its page through `usePageCommands`. */
const allVerbs: readonly PaletteVerb[] = [
  { label: "Launch a session", icon: Play, run: (router) => goTo(router, "/home", "#launch") },
  {
    label: "Reserve GPU time",
    icon: CalendarCheck,
    booked: true,
    run: (router) => router.push("/schedule/reserve"),
  },
  { label: "Create a workspace", icon: Boxes, run: (router) => goTo(router, "/workspaces", "#new") },
  { label: "See the rankings", icon: Medal, run: (router) => router.push("/competitions/rankings") },
  { label: "Add an SSH key", icon: KeyRound, run: (router) => router.push("/settings#ssh-keys") },
  { label: "Create an API token", icon: Ticket, run: (router) => router.push("/settings#api-tokens") },
  { label: "Change your password", icon: LockKeyhole, run: (router) => router.push("/settings#password") },
  { label: "Show keyboard shortcuts", icon: Keyboard, run: () => showPanel("keys") },
  { label: "Sign out", icon: LogOut, run: signOut },
];

/** As far as the lab has a use for them. */
export function paletteVerbsFor({ booksTime }: Pick<Viewer, "booksTime">): readonly PaletteVerb[] {
  return booksTime ? allVerbs : allVerbs.filter(({ booked }) => !booked);
}
