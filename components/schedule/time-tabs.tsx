import Link from "next/link";
import { cn } from "@/components/ui/cn";

const tabs = [
  { href: "/schedule", mode: "auction", label: "Auction" },
  { href: "/schedule/reserve", mode: "reservation", label: "Reserve" },
] as const;

/** The ways in which hours are sold. */
export type SoldMode = (typeof tabs)[number]["mode"];

/** Links between the ways in which the lab sells hours, where there are both. */
export function TimeTabs({ modes, here }: { modes: readonly SoldMode[]; here: SoldMode }) {
  if (!tabs.every(({ mode }) => mode === here || modes.includes(mode))) return null;
  return (
    <nav aria-label="How hours are sold" className="mb-4 border-border border-b">
      <ul className="-mb-px flex gap-1">
        {tabs.map(({ href, mode, label }) => (
          <li key={mode}>
            <Link
              href={href}
              aria-current={mode === here ? "page" : undefined}
              className={cn(
                "focus-ring flex h-9 items-center border-b-2 px-2.5 text-sm -outline-offset-2 transition-colors duration-100 pointer-coarse:h-11",
                mode === here
                  ? "border-primary font-medium text-foreground"
                  : "border-transparent text-muted-foreground hover:text-foreground",
              )}
            >
              {label}
            </Link>
          </li>
        ))}
      </ul>
    </nav>
  );
}
