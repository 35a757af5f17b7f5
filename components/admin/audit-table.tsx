import { Table, TableBody, TableHead, TableHeader } from "@/components/ui/table";
import type { AuditEntryView } from "@/lib/audit/model";
import { AuditRow, type AuditRowProps } from "./audit-row";

export interface AuditTableProps extends Pick<AuditRowProps, "onNarrow"> {
  entries: readonly AuditEntryView[];
}

export function AuditTable({ entries, onNarrow }: AuditTableProps) {
  return (
    <Table aria-label="Audit log">
      <TableHeader>
        <tr>
          <TableHead className="w-0 pr-0">
            <span className="sr-only">All of it</span>
          </TableHead>
          <TableHead>When</TableHead>
          <TableHead>Who</TableHead>
          <TableHead>Action</TableHead>
          <TableHead>What</TableHead>
          <TableHead className="max-md:hidden">Detail</TableHead>
        </tr>
      </TableHeader>
      <TableBody>
        {entries.map((entry) => (
          <AuditRow key={entry.id} entry={entry} onNarrow={onNarrow} />
        ))}
      </TableBody>
    </Table>
  );
}
