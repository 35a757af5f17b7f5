"use client";

import { Ellipsis } from "lucide-react";
import Link from "next/link";
import { usePathname } from "next/navigation";
import { cn } from "@/components/ui/cn";
import type { Role } from "@/lib/auth/model";
import { LinkPopover, linkPopoverItem } from "./link-popover";
import { adminPlaces, isAt, places } from "./navigation";

const itemStyles =
  "focus-ring flex h-14 flex-1 flex-col items-center justify-center gap-1 text-xs -outline-offset-2";

/** The rail's places within a thumb's reach on narrow screens. */
export function BottomBar({ role }: { role: Role }) {
  const pathname = usePathname();
  return (
    <nav
      aria-label="Main"
      className="fixed inset-x-0 bottom-0 z-40 flex border-border border-t bg-sunken pb-[env(safe-area-inset-bottom)] md:hidden"
    >
      {places.map((place) => {
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
      {role === "admin" ? <AdminMenu here={adminPlaces.some((place) => isAt(pathname, place))} /> : null}
    </nav>
  );
}

const adminPopoverId = "admin-links";

function AdminMenu({ here }: { here: boolean }) {
  return (
    <>
      <button
        type="button"
        popoverTarget={adminPopoverId}
        className={cn(itemStyles, here ? "font-medium text-foreground" : "text-muted-foreground")}
      >
        <Ellipsis aria-hidden className={cn("size-5", here && "text-primary")} strokeWidth={1.75} />
        Admin
      </button>
      <LinkPopover id={adminPopoverId} className="right-2 bottom-[calc(3.75rem+env(safe-area-inset-bottom))]">
        {adminPlaces.map((place) => (
          <Link key={place.href} href={place.href} className={linkPopoverItem}>
            <place.icon aria-hidden strokeWidth={1.75} />
            {place.label}
          </Link>
        ))}
      </LinkPopover>
    </>
  );
}
