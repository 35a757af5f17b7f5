"use client";

import Link from "next/link";
import { usePathname } from "next/navigation";
import { cn } from "@/components/ui/cn";
import { Wordmark } from "./logo";
import { adminPlaces, isAt, type Place, placesOf } from "./navigation";
import type { Viewer } from "./viewer";

/** The places, at the left edge; narrow screens have the bottom bar instead. */
export function Rail({ viewer }: { viewer: Viewer }) {
  return (
    <nav
      aria-label="Main"
      className="sticky top-0 hidden h-dvh w-48 shrink-0 flex-col border-border border-r bg-sunken md:flex"
    >
      <Link
        href="/home"
        className="focus-ring flex h-12 shrink-0 items-center border-border border-b px-4 -outline-offset-2"
      >
        <Wordmark />
      </Link>
      <div className="flex flex-1 flex-col gap-0.5 overflow-y-auto p-2">
        <RailLinks items={placesOf(viewer)} />
        {viewer.role === "admin" ? (
          <>
            <p id="rail-admin" className="mt-4 mb-1 px-2 text-muted-foreground text-xs">
              Admin
            </p>
            <RailLinks items={adminPlaces} labelledBy="rail-admin" />
          </>
        ) : null}
      </div>
    </nav>
  );
}

function RailLinks({ items, labelledBy }: { items: readonly Place[]; labelledBy?: string }) {
  const pathname = usePathname();
  return (
    <ul aria-labelledby={labelledBy} className="flex flex-col gap-0.5">
      {items.map((place) => {
        const here = isAt(pathname, place);
        return (
          <li key={place.href}>
            <Link
              href={place.href}
              aria-current={here ? "page" : undefined}
              className={cn(
                "focus-ring flex h-8 items-center gap-2.5 rounded-md px-2 text-sm transition-colors duration-100",
                here
                  ? "bg-accent font-medium text-foreground"
                  : "text-muted-foreground hover:bg-accent hover:text-foreground",
              )}
            >
              <place.icon aria-hidden className={cn("size-4", here && "text-primary")} strokeWidth={1.75} />
              {place.label}
            </Link>
          </li>
        );
      })}
    </ul>
  );
}
