"use client";

import { useQuery } from "@tanstack/react-query";
import { LoadFailure } from "@/components/live/load-failure";
import { Announcement } from "@/components/ui/announcement";
import { Notice } from "@/components/ui/notice";
import { Panel } from "@/components/ui/panel";
import { Skeleton } from "@/components/ui/skeleton";
import { Time } from "@/components/ui/time";
import { api } from "@/lib/api/client";
import type { SessionView } from "@/lib/sessions/model";
import type { ProcessesView } from "@/lib/telemetry/model";
import { sampleSeconds } from "@/lib/telemetry/rules";
import { gpuMemoryText, programName } from "./programs";

function useProcesses(slug: string) {
  return useQuery(
    api.sessions.processes.queryOptions({ input: { slug }, refetchInterval: sampleSeconds * 1_000 }),
  );
}

/** The session's programs on its GPU, as the driver lists them. */
export function ProcessPanel({ session }: { session: SessionView }) {
  const { data, error, refetch } = useProcesses(session.slug);
  const seen = data?.data;
  return (
    <Panel
      title="On the GPU"
      description={
        seen?.sampledAt ? (
          <Seen at={seen.sampledAt} simulated={session.gpu.simulated} />
        ) : (
          "Programs that use it"
        )
      }
    >
      {seen ? (
        <Programs seen={seen} simulated={session.gpu.simulated} />
      ) : error ? (
        <LoadFailure what="The list" error={error} onRetry={() => void refetch()} />
      ) : (
        <Skeleton className="h-5 w-full" />
      )}
    </Panel>
  );
}

function Seen({ at, simulated }: { at: string; simulated: boolean }) {
  return (
    <>
      {simulated ? "Simulated GPU · seen " : "Seen "}
      <Time value={at} show="absolute" />
    </>
  );
}

function Programs({ seen, simulated }: { seen: ProcessesView; simulated: boolean }) {
  if (seen.own.length === 0) {
    return (
      <p className="text-muted-foreground text-sm">
        {simulated
          ? "No program of yours. No real one can use a simulated GPU; one named gpu-stand-in counts as if it did."
          : "No program of yours computes on it."}
      </p>
    );
  }
  return (
    <ul className="flex flex-col gap-1.5 text-sm">
      {seen.own.map(({ pid, name, memoryMiB }) => (
        <li key={pid} className="flex items-baseline gap-3">
          <span className="w-14 shrink-0 font-mono text-muted-foreground text-xs tabular-nums">{pid}</span>
          <span className="min-w-0 flex-1 truncate" title={name}>
            {programName(name)}
          </span>
          <span className="shrink-0 font-mono text-xs tabular-nums">{gpuMemoryText(memoryMiB)}</span>
        </li>
      ))}
    </ul>
  );
}

/** Says when programs of others use the session's GPU: its owner wonders where speed and memory went. */
export function ForeignNotice({ slug }: { slug: string }) {
  const foreign = useProcesses(slug).data?.data.foreign;
  const text = foreign && foreign.count > 0 ? foreignText(foreign) : null;
  return (
    <>
      <Announcement>{text}</Announcement>
      {text === null ? null : (
        <Notice tone="warn" title="Others use this GPU">
          {text}
        </Notice>
      )}
    </>
  );
}

function foreignText({ count, memoryMiB }: ProcessesView["foreign"]): string {
  const whose = count === 1 ? "A program that is" : `${count} programs that are`;
  const memory =
    memoryMiB > 0 ? ` and ${count === 1 ? "takes" : "take"} ${gpuMemoryText(memoryMiB)} of its memory` : "";
  return `${whose} not of this session ${count === 1 ? "uses" : "use"} its GPU${memory}. Admins see which.`;
}
