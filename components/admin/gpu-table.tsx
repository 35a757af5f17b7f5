"use client";

import dynamic from "next/dynamic";
import { gpuStatus, gpuStatusWords, memoryAsSold, shortModel } from "@/components/fleet/gpu";
import { OpensDialog } from "@/components/forms/opens-dialog";
import { Button } from "@/components/ui/button";
import { StateBadge } from "@/components/ui/state-badge";
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
import { LiveMark } from "@/components/usage/live-mark";
import { amountText, unitOf } from "@/components/wallet/amount";
import type { GpuMode, GpuState, GpuView } from "@/lib/fleet/model";
import type { LiveGpu } from "@/lib/usage/model";

const GpuStateDialog = dynamic(() => import("./gpu-state-dialog").then((module) => module.GpuStateDialog));

const looks = {
  available: { tone: "ok", word: "Available" },
  draining: { tone: "warn", word: "Draining" },
  disabled: { tone: "bad", word: "Disabled" },
} as const satisfies Record<GpuState, { tone: string; word: string }>;

const modeWords: Record<GpuMode, string> = {
  "on-demand": "On demand",
  auction: "Auctioned",
  reservation: "Booked",
};

function hoursText({ mode, rate }: GpuView): string {
  return rate === null
    ? modeWords[mode]
    : `${modeWords[mode]}, ${amountText(rate.amount, rate.currency)} ${unitOf(rate.currency)}`;
}

function modelText({ model, memoryMiB }: GpuView): string {
  return `${shortModel(model)}, ${memoryAsSold(memoryMiB)} GB`;
}

function stateText(gpu: GpuView, username: string): string {
  if (gpu.holder) return `In use by ${gpu.holder.username}`;
  const status = gpuStatus(gpu, username);
  // That it is sold by the hour, and how, stands beside it.
  return status === "scheduled" ? "No session" : gpuStatusWords[status];
}

export interface GpuTableProps {
  gpus: readonly GpuView[];
  username: string;
  /** Who is on those that are there. */
  live: readonly LiveGpu[];
}

/** What is wanted of each GPU and what it is doing; both at once only here. */
export function GpuTable({ gpus, username, live }: GpuTableProps) {
  const liveOf = new Map(live.map((gpu) => [gpu.id, gpu]));
  return (
    <Table aria-label="GPUs">
      <TableHeader>
        <tr>
          <TableHead>GPU</TableHead>
          <TableHead className="max-md:hidden">Model</TableHead>
          <TableHead className="max-sm:hidden">Service</TableHead>
          <TableHead className="max-sm:hidden">Hours</TableHead>
          <TableHead className="max-sm:hidden">Now</TableHead>
          <TableHead>
            <span className="sr-only">Actions</span>
          </TableHead>
        </tr>
      </TableHeader>
      <TableBody>
        {gpus.map((gpu) => (
          <TableRow key={gpu.id}>
            <TableCell className="whitespace-nowrap font-mono text-xs">
              {gpu.node} · {gpu.index}
              <TableSecondLine className="font-sans md:hidden">{modelText(gpu)}</TableSecondLine>
              <TableSecondLine className="font-sans sm:hidden">
                {stateText(gpu, username)}
                {gpu.mode === "on-demand" ? null : ` · ${hoursText(gpu)}`}
              </TableSecondLine>
              <LiveMark gpu={liveOf.get(gpu.id)} className="font-sans sm:hidden" />
              <div className="mt-1 font-sans sm:hidden">
                <Service gpu={gpu} />
              </div>
            </TableCell>
            <TableCell className="whitespace-nowrap max-md:hidden">{modelText(gpu)}</TableCell>
            <TableCell className="max-sm:hidden">
              <Service gpu={gpu} />
            </TableCell>
            <TableCell className="whitespace-nowrap max-sm:hidden">{hoursText(gpu)}</TableCell>
            <TableCell className="max-sm:hidden">
              {stateText(gpu, username)}
              <LiveMark gpu={liveOf.get(gpu.id)} />
            </TableCell>
            <TableActions>
              <OpensDialog
                button={
                  <Button size="sm" aria-label={`Change GPU ${gpu.index} of ${gpu.node}`}>
                    Change
                  </Button>
                }
              >
                {(state) => <GpuStateDialog gpu={gpu} {...state} />}
              </OpensDialog>
            </TableActions>
          </TableRow>
        ))}
      </TableBody>
    </Table>
  );
}

/** A column of its own where there is room, else below the GPU's name. */
function Service({ gpu: { state, stateReason } }: { gpu: GpuView }) {
  const { tone, word } = looks[state];
  return (
    <>
      <StateBadge tone={tone}>{word}</StateBadge>
      {stateReason ? (
        <p
          className="mt-0.5 max-w-72 truncate text-muted-foreground text-xs max-sm:max-w-56"
          title={stateReason}
        >
          {stateReason}
        </p>
      ) : null}
    </>
  );
}
