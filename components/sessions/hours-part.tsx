"use client";

import Link from "next/link";
import type { ReactNode } from "react";
import { offerHref, reserveHref } from "@/components/schedule/hour-link";
import { creditsText } from "@/components/schedule/words";
import { Button } from "@/components/ui/button";
import { useNow } from "@/components/ui/lab-clock";
import { Notice } from "@/components/ui/notice";
import { Time } from "@/components/ui/time";
import type { GpuHoursView, HourOffer, HourView } from "@/lib/schedule/hours-model";
import type { SlotInput } from "@/lib/schedule/model";
import type { LimitsView } from "@/lib/sessions/model";
import type { PlannedStartView } from "@/lib/sessions/planned-model";
import { type LaunchHours, usedUpBefore } from "./launch-hours";

export interface HoursPartProps {
  of: LaunchHours;
  limits: LimitsView;
  /** What is to start by itself already. */
  planned: readonly PlannedStartView[];
  busy: boolean;
  disabled: boolean;
  /** Takes the hour and launches in it. */
  onTake: (slot: SlotInput) => void;
  /** Has a session start by itself when the hour begins. */
  onPlan: (slot: SlotInput) => void;
}

/** Where GPUs are sold by the hour: until when a session could run, or how its reader comes by the hour that is missing. */
export function HoursPart({ of, limits, ...props }: HoursPartProps) {
  return of.kind === "missing" ? <Missing {...props} {...of} /> : <Held {...of} limits={limits} />;
}

type HeldProps = Pick<HoursPartProps, "limits"> & Extract<LaunchHours, { kind: "held" }>;

function Held({ gpu, until, limits }: HeldProps) {
  const usedUp = usedUpBefore(until, limits, useNow(15_000));
  return (
    <p className="text-muted-foreground text-xs">
      GPU {gpu.index} on {gpu.node} is yours until <Time value={until} show="absolute" />
      {usedUp ? (
        <>
          , but this week’s GPU-hours are used up at about{" "}
          <Time value={usedUp.toISOString()} show="absolute" />: a session is snapshotted and stopped then.
        </>
      ) : (
        ": a session is snapshotted and stopped a minute before, unless you hold the next hour too."
      )}
    </p>
  );
}

type MissingProps = Omit<HoursPartProps, "of" | "limits"> & Extract<LaunchHours, { kind: "missing" }>;

function Missing({ gpu, hours, planned, busy, disabled, onTake, onPlan }: MissingProps) {
  const { present, mine } = hours;
  const slot = { gpuId: gpu.id, slot: present.slot };
  const plannedThen = planned.some(
    (start) => start.gpu.id === gpu.id && mine !== null && Date.parse(start.slot) === Date.parse(mine),
  );
  return (
    <Notice
      tone="idle"
      title={
        <>
          {present.person ?? "Nobody"} holds GPU {gpu.index} on {gpu.node}
          <Until hours={hours} />
        </>
      }
    >
      {mine === null ? null : (
        <p>
          Your hour begins <Time value={mine} />
          {plannedThen ? "; a session starts by itself then." : "."}
        </p>
      )}
      <div className="mt-2 flex flex-wrap gap-2">
        {present.offer === "take" ? (
          <Button variant="primary" busy={busy} disabled={disabled} onClick={() => onTake(slot)}>
            Take it for {creditsText(present.price ?? 0)} and launch
          </Button>
        ) : null}
        {mine !== null && !plannedThen ? (
          <Button busy={busy} disabled={disabled} onClick={() => onPlan({ gpuId: gpu.id, slot: mine })}>
            Start by itself then
          </Button>
        ) : null}
        {present.offer === "book" ? (
          <Button asChild>
            <Link href={reserveHref(slot)}>Book hours</Link>
          </Button>
        ) : null}
        {present.offer === null ? <HourLink gpuId={gpu.id} hour={hours.next} /> : null}
      </div>
    </Notice>
  );
}

/** Nothing where it is days away. */
function Until({ hours: { present } }: { hours: GpuHoursView }): ReactNode {
  if (present.until === null) return null;
  return (
    <>
      {" "}
      until <Time value={present.until} show="absolute" />
    </>
  );
}

const linkWords: Record<HourOffer, string> = {
  take: "Take the next hour",
  bid: "Bid on the next hour",
  book: "Book the next hour",
};

/** To GPU time, at an hour that can be had; nothing where it can't. */
export function HourLink({ gpuId, hour }: { gpuId: string; hour: HourView | null }) {
  const href = hour && offerHref(gpuId, hour);
  if (!hour?.offer || !href) return null;
  return (
    <Button asChild>
      <Link href={href}>{linkWords[hour.offer]}</Link>
    </Button>
  );
}
