"use client";

import type { ReactNode } from "react";
import { Badge } from "@/components/ui/badge";
import { Table, TableBody, TableCell, TableHead, TableHeader, TableRow } from "@/components/ui/table";
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
          <TableHead>Why</TableHead>
          <TableHead>Name</TableHead>
          <TableHead numeric>Brings back</TableHead>
          <TableHead numeric>Takes up</TableHead>
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
            </TableCell>
            <TableCell className="whitespace-nowrap">
              <span className="inline-flex items-center gap-2">
                {snapshotReasonWords[snapshot.reason]}
                {snapshot.current ? null : (
                  <Badge tone="outline" title="Of the state that a later restore replaced">
                    earlier state
                  </Badge>
                )}
              </span>
            </TableCell>
            <TableCell className="max-w-56 truncate">
              {snapshot.name ?? <span className="text-subtle-foreground">–</span>}
            </TableCell>
            <Bytes value={snapshot.referencedBytes} />
            <Bytes value={snapshot.usedBytes} />
            <TableCell numeric>{action(snapshot)}</TableCell>
          </TableRow>
        ))}
      </TableBody>
    </Table>
  );
}

function Bytes({ value }: { value: number }) {
  return (
    <TableCell numeric title={exactBytes(value)} className="whitespace-nowrap font-mono text-xs">
      {size(value)}
    </TableCell>
  );
}
