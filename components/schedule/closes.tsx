"use client";

import { Badge } from "@/components/ui/badge";
import { StateBadge } from "@/components/ui/state-badge";
import { Time } from "@/components/ui/time";
import { clockDuration } from "@/components/ui/time-text";
import type { WeekView } from "@/lib/schedule/model";
import { useLabNow } from "./use-lab-now";
import { isOver, phaseOf } from "./week";

const dayMs = 24 * 3_600_000;
/** From here on the seconds count. */
const soonMs = 3_600_000;

/** How far a week is; while it is bid on, until when, by the second on its last day. */
export function Closes({ week, ahead }: { week: WeekView; ahead: number }) {
  const now = useLabNow(ahead, 1_000);
  const phase = phaseOf(week, now);
  if (phase === "settled") return <Badge>{isOver(week, now) ? "Over" : "Bidding is over"}</Badge>;
  if (phase === "settling") return <StateBadge tone="working">Bidding closed, being settled</StateBadge>;
  const left = Date.parse(week.closesAt) - now;
  return (
    <StateBadge tone={left < soonMs ? "warn" : "ok"}>
      <span>
        Bidding closes{" "}
        {left < dayMs ? (
          <time dateTime={week.closesAt} className="font-mono tabular-nums" suppressHydrationWarning>
            in {clockDuration(left)}
          </time>
        ) : (
          <Time value={week.closesAt} />
        )}
      </span>
    </StateBadge>
  );
}
