import { ChevronRight } from "lucide-react";
import { type ReactNode, useId, useState } from "react";
import { Button } from "@/components/ui/button";
import { cn } from "@/components/ui/cn";
import { useLabZone } from "@/components/ui/lab-clock";
import { TableCell, TableRow } from "@/components/ui/table";
import { Time } from "@/components/ui/time";
import type { AuditEntryView } from "@/lib/audit/model";
import { systemName } from "@/lib/audit/rules";
import type { AuditChoice } from "./audit-choice";
import { detailLines, detailText } from "./audit-detail";

export interface AuditRowProps {
  entry: AuditEntryView;
  /** A press on who, action or thing shows all there is of it. */
  onNarrow: (part: Partial<AuditChoice>) => void;
}

/** An entry in a line, and all of it below when it is opened. */
export function AuditRow({ entry, onNarrow }: AuditRowProps) {
  const [open, setOpen] = useState(false);
  const wholeId = useId();
  const who = entry.who ?? systemName;
  return (
    <>
      <TableRow className={cn(open && "border-0")}>
        <TableCell className="pr-0">
          <Button
            variant="ghost"
            size="icon-sm"
            aria-expanded={open}
            aria-controls={open ? wholeId : undefined}
            aria-label={`All of entry ${entry.id}, ${entry.action}`}
            onClick={() => setOpen(!open)}
          >
            <ChevronRight
              aria-hidden
              className={cn("transition-transform duration-100", open && "rotate-90")}
            />
          </Button>
        </TableCell>
        <TableCell>
          <Time value={entry.at} className="max-sm:[&>span]:hidden" />
        </TableCell>
        <TableCell className="min-w-28">
          <Narrow what={`Only what ${who} did`} onPress={() => onNarrow({ who })}>
            {who}
          </Narrow>
        </TableCell>
        <TableCell className="font-mono text-xs">
          <Narrow what={`Only ${entry.action}`} onPress={() => onNarrow({ action: entry.action })}>
            {entry.action}
          </Narrow>
        </TableCell>
        <TableCell>
          <Resource entry={entry} onNarrow={onNarrow} />
        </TableCell>
        <TableCell className="max-w-96 truncate font-mono text-muted-foreground text-xs max-md:hidden">
          {detailText(entry)}
        </TableCell>
      </TableRow>
      {open ? <Whole id={wholeId} entry={entry} /> : null}
    </>
  );
}

function Whole({ id, entry }: { id: string; entry: AuditEntryView }) {
  return (
    <TableRow id={id}>
      <TableCell colSpan={6} className="pt-0 pb-3">
        <dl className="grid grid-cols-[auto_minmax(0,1fr)] gap-x-4 gap-y-1 rounded-md bg-sunken p-3 text-xs max-sm:max-w-[calc(100vw-4.5rem)]">
          {detailLines(entry, useLabZone()).map(([name, value]) => (
            <div key={name} className="contents">
              <dt className="text-muted-foreground">{name}</dt>
              <dd className="break-words font-mono">{value}</dd>
            </div>
          ))}
        </dl>
      </TableCell>
    </TableRow>
  );
}

function Resource({ entry, onNarrow }: AuditRowProps) {
  const { resource, resourceName } = entry;
  if (resource === null) return <span className="text-muted-foreground">–</span>;
  return (
    <Narrow what={`Only ${resource}`} onPress={() => onNarrow({ resource })}>
      {resourceName ?? <span className="font-mono text-xs">{resource}</span>}
    </Narrow>
  );
}

function Narrow({ what, onPress, children }: { what: string; onPress: () => void; children: ReactNode }) {
  return (
    <button
      type="button"
      title={what}
      onClick={onPress}
      className="focus-ring rounded-sm text-left underline-offset-4 hover:text-link hover:underline"
    >
      {children}
    </button>
  );
}
