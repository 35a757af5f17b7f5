"use client";

import { useNow } from "@/components/ui/lab-clock";
import { StateBadge } from "@/components/ui/state-badge";
import { Time } from "@/components/ui/time";
import type { CompetitionListItem } from "@/lib/competitions/model";
import { phaseLook, phaseOf } from "./state";

type Dated = Pick<CompetitionListItem, "publishedAt" | "opensAt" | "closesAt">;

/** Dates count by the minute. */
const resolutionMs = 15_000;

export function PhaseBadge({ competition }: { competition: Dated }) {
  const { label, tone } = phaseLook[phaseOf(competition, useNow(resolutionMs))];
  return <StateBadge tone={tone}>{label}</StateBadge>;
}

/** Until when one may submit. */
export function Deadline({ competition, show }: { competition: Dated; show?: "both" | "relative" }) {
  const phase = phaseOf(competition, useNow(resolutionMs));
  const { opensAt, closesAt } = competition;
  if (phase === "upcoming" && opensAt !== null) return <Moment word="opens" at={opensAt} show={show} />;
  if (closesAt === null) return <>no deadline</>;
  return <Moment word={phase === "closed" ? "closed" : "closes"} at={closesAt} show={show} />;
}

function Moment({
  word,
  at,
  show = "both",
}: {
  word: string;
  at: string;
  show: "both" | "relative" | undefined;
}) {
  return (
    <>
      {word} <Time value={at} show={show} />
    </>
  );
}
