"use client";

import Link from "next/link";
import { usePathname } from "next/navigation";
import { useEffect, useRef } from "react";
import { cn } from "@/components/ui/cn";
import { usePercentSent } from "./upload/upload-provider";

/** The parts of a competition, in the order in which somebody new reads them. */
export const competitionTabs = [
  { part: "", label: "Overview" },
  { part: "/data", label: "Data" },
  { part: "/rules", label: "Rules and scoring" },
  { part: "/submit", label: "Submit" },
  { part: "/submissions", label: "My submissions" },
  { part: "/leaderboard", label: "Leaderboard" },
] as const;

/** Links, since each part has an address of its own; the one shown is kept in sight where they scroll. */
export function CompetitionTabs({ slug }: { slug: string }) {
  const pathname = usePathname();
  const base = `/competitions/${slug}`;
  const current = useRef<HTMLAnchorElement>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another page is another tab to bring into sight
  useEffect(() => {
    const link = current.current;
    link?.parentElement?.parentElement?.scrollTo({ left: link.offsetLeft - 48 });
  }, [pathname]);
  return (
    <nav aria-label="Parts of the competition" className="relative mb-4 border-border border-b">
      <ul className="-mb-px flex gap-1 overflow-x-auto max-sm:-mx-4 max-sm:px-4 [scrollbar-width:none]">
        {competitionTabs.map(({ part, label }) => {
          const here = pathname === `${base}${part}`;
          return (
            <li key={part}>
              <Link
                ref={here ? current : null}
                href={`${base}${part}`}
                aria-current={here ? "page" : undefined}
                className={cn(
                  "focus-ring flex h-9 items-center whitespace-nowrap border-b-2 px-2.5 text-sm -outline-offset-2 transition-colors duration-100 pointer-coarse:h-11",
                  here
                    ? "border-primary font-medium text-foreground"
                    : "border-transparent text-muted-foreground hover:text-foreground",
                )}
              >
                {label}
                {part === "/submit" ? <Sending /> : null}
              </Link>
            </li>
          );
        })}
      </ul>
    </nav>
  );
}

/** How far a file is on its way, wherever in the competition one reads meanwhile. */
function Sending() {
  const percent = usePercentSent();
  if (percent === null) return null;
  return (
    <span data-slot="sending" className="ml-1.5 font-mono text-muted-foreground text-xs tabular-nums">
      {percent} %
    </span>
  );
}
