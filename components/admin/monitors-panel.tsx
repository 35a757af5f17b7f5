"use client";

import { useQuery, useQueryClient } from "@tanstack/react-query";
import dynamic from "next/dynamic";
import { removeMonitor } from "@/app/(console)/admin/actions";
import { ConfirmRemoval } from "@/components/account/confirm-removal";
import { OpensDialog } from "@/components/forms/opens-dialog";
import { fallbackRefetchMs, type ListPage } from "@/components/live/pages";
import { Button } from "@/components/ui/button";
import { EmptyState } from "@/components/ui/empty-state";
import { Panel } from "@/components/ui/panel";
import {
  Table,
  TableActions,
  TableBody,
  TableCell,
  TableHead,
  TableHeader,
  TableRow,
  TableSecondLine,
} from "@/components/ui/table";
import { Time } from "@/components/ui/time";
import { api } from "@/lib/api/client";
import type { NodeView } from "@/lib/fleet/model";
import type { MonitorView } from "@/lib/usage/model";

const MonitorDialog = dynamic(() => import("./monitor-dialog").then((module) => module.MonitorDialog));

export interface MonitorsPanelProps {
  initial: ListPage<MonitorView>;
  nodes: readonly NodeView[];
  labUrl: string;
}

/** Programs that tell who is on the GPUs, beside the lab's own agents. */
export function MonitorsPanel({ initial, nodes, labUrl }: MonitorsPanelProps) {
  const monitors = useQuery(
    api.admin.monitors.list.queryOptions({ initialData: initial, refetchInterval: fallbackRefetchMs }),
  ).data.data;
  return (
    <Panel
      id="monitors"
      title="Monitors"
      description="Programs of your own that report who is on a server’s GPUs. A token can do nothing else."
      inset="flush"
      actions={
        <OpensDialog button={<Button size="sm">New monitor</Button>}>
          {(state) => <MonitorDialog nodes={nodes} labUrl={labUrl} {...state} />}
        </OpensDialog>
      }
    >
      {monitors.length > 0 ? (
        <MonitorTable monitors={monitors} />
      ) : (
        <EmptyState title="No monitor">
          The agents see programs in sessions, and that there are others. A monitor adds whose those are.
        </EmptyState>
      )}
    </Panel>
  );
}

function MonitorTable({ monitors }: { monitors: readonly MonitorView[] }) {
  const queryClient = useQueryClient();
  const revoke = async (id: string) => {
    const result = await removeMonitor({ id });
    if (result.ok) await queryClient.invalidateQueries({ queryKey: api.admin.monitors.key() });
    return result;
  };
  return (
    <Table aria-label="Monitors">
      <TableHeader>
        <tr>
          <TableHead>Name</TableHead>
          <TableHead className="max-sm:hidden">Server</TableHead>
          <TableHead className="max-sm:hidden">Begins with</TableHead>
          <TableHead>Last report</TableHead>
          <TableHead className="max-md:hidden">Clock</TableHead>
          <TableHead>
            <span className="sr-only">Revoke</span>
          </TableHead>
        </tr>
      </TableHeader>
      <TableBody>
        {monitors.map(({ id, name, node, hint, lastUsedAt, skewSeconds }) => (
          <TableRow key={id}>
            <TableCell className="max-w-48 font-medium">
              <p className="truncate">{name}</p>
              <TableSecondLine className="font-mono font-normal sm:hidden">{node}</TableSecondLine>
            </TableCell>
            <TableCell className="font-mono text-xs max-sm:hidden">{node}</TableCell>
            <TableCell className="font-mono text-xs max-sm:hidden">{hint}…</TableCell>
            <TableCell>
              {lastUsedAt ? (
                <Time value={lastUsedAt} show="relative" />
              ) : (
                <span className="text-muted-foreground">never</span>
              )}
            </TableCell>
            <TableCell className="whitespace-nowrap max-md:hidden">{clockText(skewSeconds)}</TableCell>
            <TableActions>
              <ConfirmRemoval
                verb="Revoke"
                thing={`monitor ${name}`}
                consequence="Its next report is refused. What it has told stays. This can't be undone."
                done={`Monitor ${name} revoked`}
                act={() => revoke(id)}
              />
            </TableActions>
          </TableRow>
        ))}
      </TableBody>
    </Table>
  );
}

/** What a network adds to a report's age counts as nothing. s */
const unnoticedSkew = 2;

function clockText(skewSeconds: number | null): string {
  if (skewSeconds === null) return "–";
  if (Math.abs(skewSeconds) < unnoticedSkew) return "right";
  return `${Math.abs(skewSeconds).toFixed(0)} s ${skewSeconds > 0 ? "slow" : "fast"}`;
}
