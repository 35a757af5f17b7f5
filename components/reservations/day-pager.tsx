import { ChevronLeft, ChevronRight, type LucideIcon } from "lucide-react";
import Link from "next/link";
import { Button } from "@/components/ui/button";
import { dayText } from "@/lib/kernel/zoned-time";
import { pagesAround } from "./days";

export interface DayPagerProps {
  /** The first days of all pages there are. */
  pages: readonly string[];
  /** The first day that is shown, and the last. */
  first: string;
  last: string;
}

/** Earlier and later days: each page has an address of its own. */
export function DayPager({ pages, first, last }: DayPagerProps) {
  const { earlier, later } = pagesAround(pages, first);
  return (
    <nav aria-label="Days" className="flex items-center gap-1">
      <Turn to={earlier} today={pages[0]} label="Earlier days" icon={ChevronLeft} />
      <span className="min-w-32 text-center font-medium text-sm tabular-nums">
        {dayText(first)} – {dayText(last)}
      </span>
      <Turn to={later} today={pages[0]} label="Later days" icon={ChevronRight} />
    </nav>
  );
}

interface TurnProps {
  to: string | null;
  today: string | undefined;
  label: string;
  icon: LucideIcon;
}

function Turn({ to, today, label, icon: Icon }: TurnProps) {
  if (to === null) {
    return (
      <Button size="icon-sm" disabled aria-label={label}>
        <Icon aria-hidden />
      </Button>
    );
  }
  return (
    <Button asChild size="icon-sm">
      <Link href={to === today ? reservePath : `${reservePath}/${to}`} aria-label={label}>
        <Icon aria-hidden />
      </Link>
    </Button>
  );
}

const reservePath = "/schedule/reserve";
