import type { WeekLayout } from "@/components/schedule/hours";
import { hoursText } from "@/components/schedule/words";
import { Panel } from "@/components/ui/panel";
import { StateBadge } from "@/components/ui/state-badge";
import {
  Table,
  TableBody,
  TableCell,
  TableHead,
  TableHeader,
  TableRow,
  TableSecondLine,
} from "@/components/ui/table";
import type { UsageView } from "@/lib/usage/model";
import type { Misfit } from "./usage";
import { gpuText, personText } from "./words";

/** As many as anybody follows up; the file has all. */
const mostShown = 50;

export interface MisfitTableProps {
  misfits: readonly Misfit[];
  gpus: UsageView["gpus"];
  layout: WeekLayout;
}

/** The hours to ask somebody about, the latest first. Nothing where all went as it was held. */
export function MisfitTable({ misfits, gpus, layout }: MisfitTableProps) {
  if (misfits.length === 0) return null;
  const shown = misfits.slice(0, mostShown);
  const more = misfits.length - shown.length;
  return (
    <Panel
      inset="flush"
      title="Not as held"
      description={
        more > 0
          ? `The latest ${mostShown} of ${misfits.length}; the CSV has all.`
          : "Hours that were idle, or used by somebody else than their holder."
      }
    >
      <Table aria-label="Hours not used as held">
        <TableHeader>
          <tr>
            <TableHead className="max-sm:hidden">GPU</TableHead>
            <TableHead className="max-sm:pl-4">From</TableHead>
            <TableHead numeric className="max-sm:hidden">
              For
            </TableHead>
            <TableHead className="max-sm:hidden">Held by</TableHead>
            <TableHead>What happened</TableHead>
          </tr>
        </TableHeader>
        <TableBody>
          {shown.map((misfit) => (
            <TableRow key={`${misfit.gpu} ${misfit.from}`}>
              <TableCell className="whitespace-nowrap font-mono text-xs max-sm:hidden">
                {gpuText(gpus, misfit.gpu)}
              </TableCell>
              <TableCell className="whitespace-nowrap max-sm:pl-4">
                {layout.names[misfit.from]}
                <TableSecondLine className="whitespace-normal sm:hidden">
                  {gpuText(gpus, misfit.gpu)}, {hoursText(misfit.count)} of {misfit.assigned}
                </TableSecondLine>
              </TableCell>
              <TableCell numeric className="whitespace-nowrap max-sm:hidden">
                {hoursText(misfit.count)}
              </TableCell>
              <TableCell className="max-sm:hidden">{misfit.assigned}</TableCell>
              <TableCell>
                {misfit.agreement === "held_idle" || misfit.actual === null ? (
                  <StateBadge tone="warn">Idle</StateBadge>
                ) : (
                  <StateBadge tone="bad">{`Used by ${personText(misfit.actual)}`}</StateBadge>
                )}
              </TableCell>
            </TableRow>
          ))}
        </TableBody>
      </Table>
    </Panel>
  );
}
