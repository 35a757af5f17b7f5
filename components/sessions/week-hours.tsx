"use client";

import { Progress } from "@/components/ui/progress";
import { Time } from "@/components/ui/time";
import { fullness, percentOf } from "@/lib/kernel/fullness";
import type { LimitsView } from "@/lib/sessions/model";
import { hoursText } from "./duration";

/** What of the week's GPU-hours is used; nothing where there is no limit. */
export function WeekHours({ limits }: { limits: LimitsView }) {
  const { used, limit, weekEndsAt } = limits.gpuHours;
  if (limit === null) return null;
  const text = `${hoursText(used)} of ${hoursText(limit)}`;
  const tone = { fine: "idle", high: "warn", urgent: "bad" } as const;
  return (
    <div className="flex flex-col gap-1 text-xs">
      <p className="flex flex-wrap justify-between gap-x-3">
        <span className="text-muted-foreground">GPU-hours this week</span>
        <span className="tabular-nums">{text}</span>
      </p>
      <Progress
        value={percentOf(used, limit)}
        label={`GPU-hours this week: ${text}`}
        tone={tone[fullness(used, limit)]}
      />
      <p className="text-muted-foreground">
        Next week begins <Time value={weekEndsAt} />
      </p>
    </div>
  );
}
