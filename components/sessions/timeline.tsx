"use client";

import { useLabZone } from "@/components/ui/lab-clock";
import { StateMark } from "@/components/ui/state-badge";
import { exactText } from "@/components/ui/time-text";
import { zonedParts } from "@/lib/kernel/zoned-time";
import type { SessionEventView } from "@/lib/sessions/model";
import { preciseTime, stepDuration } from "./duration";
import { eventLook } from "./state";
import { type TimelineEntry, timeline } from "./steps";

/** A day's head names the zone once, so that the times below can be bare. */
function dayTitle(at: Date, zone: string): string {
  const { year, month, day } = zonedParts(at, zone);
  return `${year}-${String(month).padStart(2, "0")}-${String(day).padStart(2, "0")} · times in ${zone}`;
}

function Entry({ entry, zone }: { entry: TimelineEntry; zone: string }) {
  const { label, tone } = eventLook[entry.event.kind];
  const at = new Date(entry.event.at);
  return (
    <li className="group relative pl-7">
      {entry.newDay ? <p className="pb-2 text-muted-foreground text-xs">{dayTitle(at, zone)}</p> : null}
      {/* The line past the marks is drawn by each entry, so that the list can grow at its end. */}
      <span aria-hidden="true" className="absolute inset-y-0 left-1.75 w-px bg-border group-last:hidden" />
      <div className="relative flex flex-wrap items-baseline gap-x-3 pb-3 text-sm">
        <span className="absolute top-0.5 -left-7 flex size-4 items-center justify-center rounded-full bg-surface">
          <StateMark tone={tone} />
        </span>
        <p className="font-medium">{label}</p>
        <span className="ml-auto flex gap-3 font-mono text-muted-foreground text-xs tabular-nums">
          {entry.sinceMs === null ? null : <span>+{stepDuration(entry.sinceMs)}</span>}
          <time dateTime={entry.event.at} title={exactText(at, zone)} suppressHydrationWarning>
            {preciseTime(at, zone)}
          </time>
        </span>
        {entry.event.detail ? (
          <p className="w-full break-words text-muted-foreground">{entry.event.detail}</p>
        ) : null}
      </div>
    </li>
  );
}

/** Everything that happened to a session, oldest first, to the millisecond. */
export function Timeline({ events }: { events: readonly SessionEventView[] }) {
  const zone = useLabZone();
  if (events.length === 0) {
    return (
      <p className="text-muted-foreground text-sm">Nothing yet; the first entry comes with the next step.</p>
    );
  }
  return (
    <ol>
      {timeline(events, zone).map((entry) => (
        <Entry key={entry.event.id} entry={entry} zone={zone} />
      ))}
    </ol>
  );
}
