import {
  Award,
  Boxes,
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
} from "lucide-react";
import type { Role } from "@/lib/auth/model";

export interface Place {
  readonly href: string;
  readonly label: string;
  /** Where there is little room, as on a phone's lower edge. */
  readonly short?: string;
  readonly icon: LucideIcon;
  /** The second key after `g`. */
  readonly key: string;
}

/** Only what is built. */
export const places: readonly Place[] = [
  { href: "/home", label: "Home", icon: House, key: "h" },
  { href: "/sessions", label: "Sessions", icon: Terminal, key: "s" },
  { href: "/workspaces", label: "Workspaces", icon: Boxes, key: "w" },
  { href: "/competitions", label: "Competitions", short: "Compete", icon: Trophy, key: "c" },
  { href: "/settings", label: "Settings", icon: Settings, key: "," },
];

export const adminPlaces: readonly Place[] = [
  { href: "/admin/sessions", label: "All sessions", icon: SquareTerminal, key: "a" },
  { href: "/admin/users", label: "Users", icon: Users, key: "u" },
  { href: "/admin/gpus", label: "GPUs", icon: Cpu, key: "p" },
  { href: "/admin/competitions", label: "All competitions", icon: Award, key: "o" },
  { href: "/admin/scoring", label: "Scoring", icon: Gauge, key: "q" },
  { href: "/admin/audit", label: "Audit log", icon: ScrollText, key: "l" },
  { href: "/admin/settings", label: "Lab settings", icon: SlidersHorizontal, key: "b" },
];

export function placesFor(role: Role): readonly Place[] {
  return role === "admin" ? [...places, ...adminPlaces] : places;
}

/** Whether a page is the place or below it. */
export function isAt(pathname: string, place: Place): boolean {
  return pathname === place.href || pathname.startsWith(`${place.href}/`);
}
