import {
  Award,
  Boxes,
  CalendarClock,
  CalendarRange,
  Cpu,
  Gauge,
  House,
  type LucideIcon,
  ScrollText,
  Settings,
  SlidersHorizontal,
  SquareTerminal,
  Terminal,
  Trophy,
  Users,
  Wallet,
} from "lucide-react";
import type { Viewer } from "./viewer";

export interface Place {
  readonly href: string;
  readonly label: string;
  /** Where there is little room, as on a phone's lower edge. */
  readonly short?: string;
  readonly icon: LucideIcon;
  /** The second key after `g`. */
  readonly key: string;
  /** Of no use where no GPU's hours are sold. */
  readonly sold?: true;
}

/** Only what is built. */
const allPlaces: readonly Place[] = [
  { href: "/home", label: "Home", icon: House, key: "h" },
  { href: "/sessions", label: "Sessions", icon: Terminal, key: "s" },
  { href: "/workspaces", label: "Workspaces", icon: Boxes, key: "w" },
  { href: "/schedule", label: "GPU time", icon: CalendarRange, key: "t", sold: true },
  { href: "/competitions", label: "Competitions", short: "Compete", icon: Trophy, key: "c" },
  { href: "/wallet", label: "Wallet", icon: Wallet, key: "m", sold: true },
  { href: "/settings", label: "Settings", icon: Settings, key: "," },
];

export const adminPlaces: readonly Place[] = [
  { href: "/admin/sessions", label: "All sessions", icon: SquareTerminal, key: "a" },
  { href: "/admin/users", label: "Users", icon: Users, key: "u" },
  { href: "/admin/gpus", label: "GPUs", icon: Cpu, key: "p" },
  { href: "/admin/weeks", label: "Weeks", icon: CalendarClock, key: "k" },
  { href: "/admin/competitions", label: "All competitions", icon: Award, key: "o" },
  { href: "/admin/scoring", label: "Scoring", icon: Gauge, key: "q" },
  { href: "/admin/audit", label: "Audit log", icon: ScrollText, key: "l" },
  { href: "/admin/settings", label: "Lab settings", icon: SlidersHorizontal, key: "b" },
];

type Seeing = Pick<Viewer, "role" | "sellsTime">;

/** Everybody's places, as far as the lab has a use for them. */
export function placesOf({ sellsTime }: Seeing): readonly Place[] {
  return sellsTime ? allPlaces : allPlaces.filter(({ sold }) => !sold);
}

export function placesFor(viewer: Seeing): readonly Place[] {
  return viewer.role === "admin" ? [...placesOf(viewer), ...adminPlaces] : placesOf(viewer);
}

/** Whether a page is the place or below it. */
export function isAt(pathname: string, place: Place): boolean {
  return pathname === place.href || pathname.startsWith(`${place.href}/`);
}
