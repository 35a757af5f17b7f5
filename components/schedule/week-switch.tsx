import Link from "next/link";
import { cn } from "@/components/ui/cn";
import { dayText } from "@/lib/kernel/zoned-time";
import type { WeekView } from "@/lib/schedule/model";

export interface WeekSwitchProps {
  /** Those that are not over. */
  weeks: readonly WeekView[];
  shown: Pick<WeekView, "week">;
}

/** A final one is among them where the bidding on a later one was closed early. */
const words = { executing: "Sold", open: "Bidding", final: "Sold" } as const;

/** Links to the weeks that matter: each has an address of its own. */
export function WeekSwitch({ weeks, shown }: WeekSwitchProps) {
  const others = weeks.some(({ week }) => week === shown.week) ? [] : [shown.week];
  return (
    <nav aria-label="Week" className="inline-flex rounded-md border border-border bg-sunken p-0.5">
      {weeks.map(({ week, status }) => (
        <WeekLink key={week} week={week} word={words[status]} here={week === shown.week} />
      ))}
      {others.map((week) => (
        <WeekLink key={week} week={week} word="Over" here />
      ))}
    </nav>
  );
}

function WeekLink({ week, word, here }: { week: string; word: string; here: boolean }) {
  return (
    <Link
      href={`/schedule/${week}`}
      aria-current={here ? "page" : undefined}
      className={cn(
        "focus-ring flex min-h-7 items-center gap-x-2 whitespace-nowrap rounded-sm border border-transparent px-2.5 font-medium text-xs",
        "transition-colors duration-100 pointer-coarse:min-h-9 max-sm:flex-col max-sm:py-1",
        here ? "border-border bg-surface text-foreground" : "text-muted-foreground hover:text-foreground",
      )}
    >
      {word}
      <span className="font-normal text-muted-foreground">from {dayText(week)}</span>
    </Link>
  );
}
