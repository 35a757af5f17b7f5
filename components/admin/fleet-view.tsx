"use client";

import { useQuery } from "@tanstack/react-query";
import { racks } from "@/components/fleet/gpu";
import { GpuRacks } from "@/components/fleet/gpu-rack";
import { fallbackRefetchMs, type ListPage } from "@/components/live/pages";
import { CodeBlock } from "@/components/ui/code-block";
import { EmptyState } from "@/components/ui/empty-state";
import { Panel } from "@/components/ui/panel";
import { api } from "@/lib/api/client";
import type { ForeignProcessView, GpuView, NodeView } from "@/lib/fleet/model";
import type { LiveStatusView, MonitorView } from "@/lib/usage/model";
import { ExportLink } from "./export-link";
import { ForeignPrograms } from "./foreign-programs";
import { GpuTable } from "./gpu-table";
import { MonitorsPanel } from "./monitors-panel";
import { NodeTable } from "./node-table";

export interface FleetViewProps {
  username: string;
  labUrl: string;
  initial: {
    gpus: ListPage<GpuView>;
    nodes: ListPage<NodeView>;
    programs: ListPage<ForeignProcessView>;
    live: { data: LiveStatusView; meta: Record<string, never> };
    monitors: ListPage<MonitorView>;
  };
}

/** As often as the worker looks. */
const liveRefetchMs = 10_000;

/** Servers with their health, then their GPUs in them. */
export function FleetView({ username, labUrl, initial }: FleetViewProps) {
  const live = { refetchInterval: fallbackRefetchMs };
  const gpus = useQuery(api.admin.gpus.list.queryOptions({ initialData: initial.gpus, ...live })).data.data;
  const nodes = useQuery(api.admin.nodes.list.queryOptions({ initialData: initial.nodes, ...live })).data
    .data;
  const programs = useQuery(
    api.admin.gpuProcesses.list.queryOptions({ initialData: initial.programs, ...live }),
  ).data.data;
  const onThem = useQuery(
    api.gpuStatus.live.queryOptions({ initialData: initial.live, refetchInterval: liveRefetchMs }),
  ).data.data;
  if (nodes.length === 0) {
    return (
      <Panel inset="flush">
        <EmptyState
          title="No GPU host yet"
          action={<CodeBlock code="./medforge doctor" label="command that checks the agent" prompt />}
        >
          A host appears when the worker first reaches its agent. If it should have by now, ask on the host
          what is wrong:
        </EmptyState>
      </Panel>
    );
  }
  const bare = nodes.filter((node) => !racks(gpus).some((rack) => rack.node === node.name));
  return (
    <div className="flex flex-col gap-4">
      <Panel title="Servers" inset="flush">
        <NodeTable nodes={nodes} />
      </Panel>
      <ForeignPrograms programs={programs} />
      <GpuRacks gpus={gpus} username={username} />
      {gpus.length === 0 ? null : (
        <Panel
          title="Service"
          description="Nothing new starts on a draining or disabled GPU; what runs on it goes on."
          inset="flush"
          actions={<ExportLink what="gpus" />}
        >
          <GpuTable gpus={gpus} username={username} live={onThem.gpus} />
        </Panel>
      )}
      <MonitorsPanel initial={initial.monitors} nodes={nodes} labUrl={labUrl} />
      {bare.map((node) => (
        <Panel key={node.id} inset="flush">
          <EmptyState title={`No GPU in ${node.name}`}>
            Its agent has reported none. Check nvidia-smi on the host.
          </EmptyState>
        </Panel>
      ))}
    </div>
  );
}
