import { memo, type PointerEvent } from "react";
import type { WeekLayout } from "@/components/schedule/hours";
import { type Look, lookOf, quarterOf, type UsedSlot } from "./usage";
import { lookWords, summaryText } from "./words";
import "./usage-map.css";

/** Which hours the clock's axis names. */
const namedEvery = 6;

export interface UsageMapProps {
  /** What the GPU is called. */
  name: string;
  /** By hour of the week. */
  slots: readonly (UsedSlot | null)[];
  layout: WeekLayout;
  /** Whole hours since the week's first, by the lab's clock. */
  now: number;
  /** The hour that is told of, if it is this GPU's. */
  pointed: number | null;
  onPoint: (hour: number) => void;
}

/**
 * A week of one GPU as a picture. Who held and used which hour is told below for the one that is pointed at; the tables
 * have it in words.
 */
export const UsageMap = memo(function UsageMap({
  name,
  slots,
  layout,
  now,
  pointed,
  onPoint,
}: UsageMapProps) {
  const looks = slots.map((slot, hour) => lookOf(slot, hour, now));
  const point = ({ target }: PointerEvent) => {
    const cell = target instanceof Element ? target.closest<HTMLElement>("[data-hour]") : null;
    if (cell) onPoint(Number(cell.dataset.hour));
  };
  return (
    <figure className="min-w-0">
      <figcaption className="mb-2 flex flex-wrap items-baseline justify-between gap-x-3 text-xs">
        <span className="font-medium font-mono">{name}</span>
        <span className="text-muted-foreground tabular-nums">{shareText(looks)}</span>
      </figcaption>
      <div
        role="img"
        aria-label={`${name}: ${summaryText(looks)}.`}
        className="usage-map"
        data-hours={layout.rows.length}
        onPointerOver={point}
        onPointerDown={point}
      >
        <span />
        {layout.rows.map(({ key, label, again }, row) => (
          <span key={key} className="usage-hour">
            {row % namedEvery === 0 && !again ? label : ""}
          </span>
        ))}
        {layout.days.map((day) => (
          <Day
            key={day.date}
            label={day.label}
            hours={day.hours}
            looks={looks}
            slots={slots}
            pointed={pointed}
          />
        ))}
      </div>
    </figure>
  );
});

/** Of the hours that were held and looked at, how many their holder used. */
function shareText(looks: readonly Look[]): string {
  const of = (look: Look) => looks.filter((one) => one === look).length;
  const held = of("as_held") + of("held_idle") + of("by_another");
  return held === 0 ? "" : `${of("as_held")} of ${held} held hours used`;
}

interface DayProps extends Pick<UsageMapProps, "slots" | "pointed"> {
  /** "Sat 5 Dec" */
  label: string;
  hours: readonly (number | null)[];
  looks: readonly Look[];
}

function Day({ label, hours, looks, slots, pointed }: DayProps) {
  const [weekday, day] = label.split(" ");
  return (
    <>
      <span className="usage-day">
        {weekday} {day}
      </span>
      {hours.map((hour, row) =>
        hour === null ? (
          // biome-ignore lint/suspicious/noArrayIndexKey: an hour that the clock skips has no name but its row
          <span key={`gap ${row}`} />
        ) : (
          <span
            key={hour}
            className="usage-cell"
            data-hour={hour}
            data-look={looks[hour]}
            data-quarter={quarterOf(slots[hour] ?? null)}
            data-pointed={pointed === hour ? "" : undefined}
          />
        ),
      )}
    </>
  );
}

const legend = ["as_held", "held_idle", "by_another", "not_held", "free", "not_seen"] as const;

export function UsageLegend() {
  return (
    <ul
      aria-label="Marks"
      className="usage-legend flex flex-wrap gap-x-4 gap-y-1 text-muted-foreground text-xs"
    >
      {legend.map((look) => (
        <li key={look} className="flex items-center gap-1.5">
          <span aria-hidden className="usage-cell" data-look={look} data-quarter={3} />
          {lookWords[look]}
        </li>
      ))}
    </ul>
  );
}
