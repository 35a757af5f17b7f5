import type { ReactNode } from "react";
import { Table, TableBody, TableCell, TableHead, TableHeader, TableRow } from "@/components/ui/table";
import { Time } from "@/components/ui/time";
import type { AuditEntryView } from "@/lib/audit/model";
import { systemName } from "@/lib/audit/rules";
import type { AuditChoice } from "./audit-choice";

export interface AuditTableProps {
  entries: readonly AuditEntryView[];
  /** A press on who, action or thing shows all there is of it. */
  onNarrow: (part: Partial<AuditChoice>) => void;
}

export function AuditTable({ entries, onNarrow }: AuditTableProps) {
  return (
    <Table aria-label="Audit log">
      <TableHeader>
        <tr>
          <TableHead>When</TableHead>
          <TableHead>Who</TableHead>
          <TableHead>Action</TableHead>
          <TableHead>What</TableHead>
          <TableHead className="max-md:hidden">Detail</TableHead>
        </tr>
      </TableHeader>
      <TableBody>
        {entries.map((entry) => {
          const who = entry.who ?? systemName;
          return (
            <TableRow key={entry.id}>
              <TableCell>
                <Time value={entry.at} />
              </TableCell>
              <TableCell>
                <Narrow what={`Only what ${who} did`} onPress={() => onNarrow({ who })}>
                  {who}
                </Narrow>
              </TableCell>
              <TableCell className="font-mono text-xs">
                <Narrow what={`Only ${entry.action}`} onPress={() => onNarrow({ action: entry.action })}>
                  {entry.action}
                </Narrow>
              </TableCell>
              <TableCell className="font-mono text-xs">
                <Resource resource={entry.resource} onNarrow={onNarrow} />
              </TableCell>
              <TableCell
                className="max-w-96 truncate font-mono text-muted-foreground text-xs max-md:hidden"
                title={detailText(entry)}
              >
                {detailText(entry)}
              </TableCell>
            </TableRow>
          );
        })}
      </TableBody>
    </Table>
  );
}

function Resource({ resource, onNarrow }: { resource: string | null } & Pick<AuditTableProps, "onNarrow">) {
  if (resource === null) return <span className="text-muted-foreground">–</span>;
  return (
    <Narrow what={`Only ${resource}`} onPress={() => onNarrow({ resource })}>
      {resource}
    </Narrow>
  );
}

function Narrow({ what, onPress, children }: { what: string; onPress: () => void; children: ReactNode }) {
  return (
    <button
      type="button"
      title={what}
      onClick={onPress}
      className="focus-ring rounded-sm underline-offset-4 hover:text-link hover:underline"
    >
      {children}
    </button>
  );
}

/** `minutes: 30, maxDiskGb: 100 → 200`; nothing for an entry without any. */
function detailText({ detail }: AuditEntryView): string {
  return Object.entries(detail)
    .map(([name, value]) => `${name}: ${valueText(value)}`)
    .join(", ");
}

function valueText(value: unknown): string {
  if (typeof value === "string") return value;
  const changed = typeof value === "object" && value !== null && "from" in value && "to" in value;
  return changed ? `${valueText(value.from)} → ${valueText(value.to)}` : JSON.stringify(value);
}
