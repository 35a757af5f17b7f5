"use client";

import { useQuery } from "@tanstack/react-query";
import Link from "next/link";
import { Fragment } from "react";
import { fallbackRefetchMs } from "@/components/live/pages";
import { useNow } from "@/components/ui/lab-clock";
import { Panel } from "@/components/ui/panel";
import { Time } from "@/components/ui/time";
import { api } from "@/lib/api/client";
import type { GpuView } from "@/lib/fleet/model";
import type { SummaryView } from "@/lib/schedule/model";
import { creditsText, hoursText } from "./words";

export interface HeldNextProps {
  initial: { data: SummaryView; meta: Record<string, never> };
  gpus: readonly GpuView[];
}

/** Where the lab sells hours: the next one of mine, how the bidding stands, and what there is to bid with. */
export function HeldNext({ initial, gpus }: HeldNextProps) {
  const { hours, bidding, available } = useQuery(
    api.schedule.me.queryOptions({ initialData: initial, refetchInterval: fallbackRefetchMs }),
  ).data.data;
  const auctioned = gpus.some(({ mode }) => mode === "auction");
  return (
    <Panel aria-label="My GPU time" inset="flush">
      <div className="flex min-h-11 flex-wrap items-center justify-between gap-x-6 gap-y-1 px-4 py-2 text-sm">
        <p>
          <NextHour hours={hours} gpus={gpus} />
        </p>
        <p className="flex flex-wrap gap-x-4 text-muted-foreground">
          {bidding && auctioned ? (
            <span>
              {bidding.leading === 0 ? "No bid of yours leads" : `You lead ${hoursText(bidding.leading)}`}
              {bidding.outbid > 0 ? (
                <span className="font-medium text-warn">, outbid on {bidding.outbid}</span>
              ) : null}
            </span>
          ) : null}
          <span className="tabular-nums">{creditsText(available)} available</span>
          <Link
            href="/schedule"
            className="focus-ring rounded-sm text-link underline-offset-4 hover:underline"
          >
            GPU time
          </Link>
        </p>
      </div>
    </Panel>
  );
}

/** "You hold GPU 0 of gpu1 until 21:00 EST, GPU 1 of gpu1 until 22:00 EST". */
function HeldNow({ held }: { held: readonly GpuView[] }) {
  return (
    <>
      <span className="font-medium">You hold </span>
      {held.map(({ id, index, node, heldUntil }, place) => (
        <Fragment key={id}>
          {place > 0 ? ", " : null}
          <span className="font-medium">
            GPU {index} of {node}
          </span>
          {heldUntil ? (
            <>
              {" until "}
              <Time value={heldUntil} show="absolute" />
            </>
          ) : null}
        </Fragment>
      ))}
    </>
  );
}

function NextHour({ hours, gpus }: { hours: SummaryView["hours"]; gpus: readonly GpuView[] }) {
  const now = useNow(15_000);
  const { next, count } = hours;
  if (!next) return "You hold no hour to come";
  const gpu = gpus.find(({ id }) => id === next.gpuId);
  const name = gpu ? `GPU ${gpu.index} of ${gpu.node}` : "a GPU";
  const held = gpus.filter(({ heldUntil }) => heldUntil !== null && Date.parse(heldUntil) > now);
  return (
    <>
      {held.length > 0 ? (
        <HeldNow held={held} />
      ) : (
        <>
          <span className="font-medium">You hold {name} next</span>, <Time value={next.slot} />
        </>
      )}
      {count > 1 ? `; ${hoursText(count)} in all` : null}
    </>
  );
}
