import { hoursText, limitText } from "@/components/sessions/duration";
import { Fact, Facts, Panel } from "@/components/ui/panel";
import { Time } from "@/components/ui/time";
import type { LimitsView } from "@/lib/sessions/model";

const ofLimit = (used: string, limit: string | null) =>
  limit === null ? `${used}, no limit` : `${used} of ${limit}`;

/** What an admin lets this account have, and what of it is used. */
export function LimitsPanel({ limits }: { limits: LimitsView }) {
  const { sessions, gpuHours, disk, maxDurationMinutes } = limits;
  return (
    <Panel id="limits" title="Your limits" description="An admin can change them.">
      <Facts>
        <Fact label="Sessions now">{ofLimit(String(sessions.used), String(sessions.limit))}</Fact>
        <Fact label="GPU-hours this week">
          {ofLimit(hoursText(gpuHours.used), gpuHours.limit === null ? null : hoursText(gpuHours.limit))}
        </Fact>
        <Fact label="Disk, by quota">
          {ofLimit(`${disk.used} GB`, disk.limit === null ? null : `${disk.limit} GB`)}
        </Fact>
        <Fact label="Longest session">
          {maxDurationMinutes === null ? "no limit" : limitText(maxDurationMinutes)}
        </Fact>
        <Fact label="Next week begins">
          <Time value={gpuHours.weekEndsAt} />
        </Fact>
      </Facts>
    </Panel>
  );
}
