import { cn } from "@/components/ui/cn";
import type { HourTable } from "./hour-table";
import type { WeekLayout } from "./hours";

export interface DayStripProps {
  table: HourTable;
  layout: WeekLayout;
  day: number;
  onDay: (day: number) => void;
}

/** On a phone, the days to choose one from, in sight however far their hours go; a mark where something of it is mine. */
export function DayStrip({ table, layout, day, onDay }: DayStripProps) {
  const gpus = table.gpus.length;
  return (
    <div className="sticky top-12 z-20 grid auto-cols-fr grid-flow-col border-border border-b bg-surface md:hidden">
      {layout.days.map(({ date, label, hours }, index) => {
        const [weekday, number, month] = label.split(" ");
        const mine = hours.filter(
          (hour) =>
            hour !== null &&
            table.slots.slice(hour * gpus, (hour + 1) * gpus).some(({ look }) => look === "mine"),
        ).length;
        return (
          <button
            key={date}
            type="button"
            aria-pressed={index === day}
            onClick={() => onDay(index)}
            className={cn(
              "focus-ring flex h-12 flex-col items-center justify-center gap-0.5 border-b-2 text-xs -outline-offset-2",
              index === day
                ? "border-primary font-medium text-foreground"
                : "border-transparent text-muted-foreground",
            )}
          >
            <span>{weekday}</span>{" "}
            <span className="relative tabular-nums">
              {number}
              {mine > 0 ? (
                <span aria-hidden className="absolute top-1 -right-2.5 size-1.5 rounded-[1px] bg-info" />
              ) : null}
            </span>
            <span className="sr-only">
              {" "}
              {month}
              {mine > 0 ? `, ${mine} of its hours yours` : ""}
            </span>
          </button>
        );
      })}
    </div>
  );
}
