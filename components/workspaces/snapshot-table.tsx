"use client";

import type { ReactNode } from "react";
import { Badge } from "@/components/ui/badge";
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
import { size } from "@/lib/kernel/size";
import type { SnapshotView } from "@/lib/workspaces/model";
import { exactBytes } from "./size";
import { snapshotReasonWords } from "./words";

export interface SnapshotTableProps {
  snapshots: readonly SnapshotView[];
  action: (snapshot: SnapshotView) => ReactNode;
}

export function SnapshotTable({ snapshots, action }: SnapshotTableProps) {
  return (
    <Table aria-label="Snapshots">
      <TableHeader>
        <tr>
          <TableHead>Taken</TableHead>
          <TableHead className="max-sm:hidden">Why</TableHead>
          <TableHead className="max-sm:hidden">Name</TableHead>
          <TableHead numeric className="max-sm:hidden">
            Brings back
          </TableHead>
          <TableHead numeric className="max-sm:hidden">
            Takes up alone
          </TableHead>
          <TableHead>
            <span className="sr-only">Actions</span>
          </TableHead>
        </tr>
      </TableHeader>
      <TableBody>
        {snapshots.map((snapshot) => (
          <TableRow key={snapshot.id}>
            <TableCell className="whitespace-nowrap">
              <Time value={snapshot.createdAt} />
              <TableSecondLine className="whitespace-normal sm:hidden">
                <Why snapshot={snapshot} />
                {snapshot.name === null ? null : <span className="block break-words">{snapshot.name}</span>}
                <span className="block">
                  Brings back {size(snapshot.referencedBytes)}, takes up {size(snapshot.usedBytes)} alone
                </span>
              </TableSecondLine>
            </TableCell>
            <TableCell className="whitespace-nowrap max-sm:hidden">
              <Why snapshot={snapshot} />
            </TableCell>
            <TableCell className="max-w-56 truncate max-sm:hidden">
              {snapshot.name ?? <span className="text-subtle-foreground">–</span>}
            </TableCell>
            <Bytes value={snapshot.referencedBytes} />
            <Bytes value={snapshot.usedBytes} />
            <TableActions>{action(snapshot)}</TableActions>
          </TableRow>
        ))}
      </TableBody>
    </Table>
  );
}

function Why({ snapshot }: { snapshot: SnapshotView }) {
  return (
    <span className="inline-flex flex-wrap items-center gap-2">
      {snapshotReasonWords[snapshot.reason]}
      {snapshot.current ? null : (
        <Badge tone="outline" title="Of the state that a later restore replaced">
          earlier state
        </Badge>
      )}
    </span>
  );
}

function Bytes({ value }: { value: number }) {
  return (
    <TableCell
      numeric
      title={exactBytes(value)}
      className="whitespace-nowrap font-mono text-xs max-sm:hidden"
    >
      {size(value)}
    </TableCell>
  );
}
