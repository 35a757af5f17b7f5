"use client";

import { useNow } from "@/components/ui/lab-clock";
import { StateBadge } from "@/components/ui/state-badge";
import { Time } from "@/components/ui/time";

const checkMs = 60_000;

/** When a token runs out, or that it has. */
export function ExpiryCell({ at }: { at: string }) {
  const expired = Date.parse(at) <= useNow(checkMs);
  return expired ? (
    <StateBadge tone="idle">expired</StateBadge>
  ) : (
    <Time value={at} className="max-sm:[&>span]:hidden" />
  );
}
