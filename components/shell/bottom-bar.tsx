"use client";

import { Ellipsis } from "lucide-react";
import Link from "next/link";
import { usePathname } from "next/navigation";
import { cn } from "@/components/ui/cn";
import { LinkPopover, linkPopoverItem } from "./link-popover";
import { adminPlaces, isAt, type Place, placesOf } from "./navigation";
import type { Viewer } from "./viewer";

const itemStyles =
  "focus-ring flex h-14 flex-1 flex-col items-center justify-center gap-1 text-xs -outline-offset-2";

/** As many as a phone's lower edge has room for. */
const mostInSight = 5;

/** The rail's places within a thumb's reach on narrow screens; what has no room there is in a menu with the admin's. */
export function BottomBar({ viewer }: { viewer: Viewer }) {
  const pathname = usePathname();
  const places = placesOf(viewer);
  const inMenu = [...places.slice(mostInSight), ...(viewer.role === "admin" ? adminPlaces : [])];
  return (
    <nav
      aria-label="Main"
      className="fixed inset-x-0 bottom-0 z-40 flex border-border border-t bg-sunken pb-[env(safe-area-inset-bottom)] md:hidden"
    >
      {places.slice(0, mostInSight).map((place) => {
        const here = isAt(pathname, place);
        return (
          <Link
            key={place.href}
            href={place.href}
            aria-current={here ? "page" : undefined}
            className={cn(itemStyles, here ? "font-medium text-foreground" : "text-muted-foreground")}
          >
            <place.icon aria-hidden className={cn("size-5", here && "text-primary")} strokeWidth={1.75} />
            {place.short ?? place.label}
          </Link>
        );
      })}
      {inMenu.length > 0 ? (
        <MoreMenu
          word={places.length > mostInSight ? "More" : "Admin"}
          items={inMenu}
          here={inMenu.some((place) => isAt(pathname, place))}
        />
      ) : null}
    </nav>
  );
}

const morePopoverId = "more-links";

function MoreMenu({ word, items, here }: { word: string; items: readonly Place[]; here: boolean }) {
  return (
    <>
      <button
        type="button"
        popoverTarget={morePopoverId}
        className={cn(itemStyles, here ? "font-medium text-foreground" : "text-muted-foreground")}
      >
        <Ellipsis aria-hidden className={cn("size-5", here && "text-primary")} strokeWidth={1.75} />
        {word}
      </button>
      <LinkPopover id={morePopoverId} className="right-2 bottom-[calc(3.75rem+env(safe-area-inset-bottom))]">
        {items.map((place) => (
          <Link key={place.href} href={place.href} className={linkPopoverItem}>
            <place.icon aria-hidden strokeWidth={1.75} />
            {place.label}
          </Link>
        ))}
      </LinkPopover>
    </>
  );
}
