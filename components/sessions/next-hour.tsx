"use client";

import { useQuery, useQueryClient } from "@tanstack/react-query";
import { takeSlots } from "@/app/(console)/schedule/actions";
import { ProblemNotice } from "@/components/forms/problem-notice";
import { useAction } from "@/components/forms/use-action";
import { fallbackRefetchMs } from "@/components/live/pages";
import { creditsText } from "@/components/schedule/words";
import { Button } from "@/components/ui/button";
import { useNow } from "@/components/ui/lab-clock";
import { Notice } from "@/components/ui/notice";
import { Time } from "@/components/ui/time";
import { toast } from "@/components/ui/toast-store";
import { api } from "@/lib/api/client";
import type { HourView } from "@/lib/schedule/hours-model";
import type { SessionView } from "@/lib/sessions/model";
import { endsSoon } from "./attention";
import { HourLink } from "./hours-part";

/** Where the hours that its owner holds end soon: how they come by the next one, if it can be had. */
export function NextHour({ session }: { session: SessionView }) {
  const soon = endsSoon(session, new Date(useNow(15_000))) && session.endsBy === "held_hours";
  const { data } = useQuery(
    api.schedule.hours.queryOptions({ enabled: soon, refetchInterval: fallbackRefetchMs }),
  );
  const next = data?.data.find(({ gpuId }) => gpuId === session.gpu.id)?.next;
  if (!soon || !next || !session.heldUntil) return null;
  return (
    <Notice
      tone="warn"
      title={
        <>
          Your hours on this GPU end at <Time value={session.heldUntil} show="absolute" />
        </>
      }
      action={<Way session={session} next={next} />}
    >
      {next.person === null
        ? "Nobody holds the next one: with it the session goes on without a break."
        : `${next.person} has the next one. The session is snapshotted and stopped a minute before.`}
    </Notice>
  );
}

function Way({ session, next }: { session: SessionView; next: HourView }) {
  const queryClient = useQueryClient();
  const { busy, problem, run } = useAction();
  if (next.offer !== "take") return <HourLink gpuId={session.gpu.id} hour={next} />;
  const take = async () => {
    const result = await takeSlots({ slots: [{ gpuId: session.gpu.id, slot: next.slot }] });
    await queryClient.invalidateQueries({ queryKey: api.schedule.key() });
    if (result.ok) toast.success("The next hour is yours; the session goes on");
    return result;
  };
  return (
    <>
      <Button busy={busy} onClick={() => run(take)}>
        Take it for {creditsText(next.price ?? 0)}
      </Button>
      <ProblemNotice problem={problem} />
    </>
  );
}
