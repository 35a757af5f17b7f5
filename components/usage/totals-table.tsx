import { Panel } from "@/components/ui/panel";
import { Progress } from "@/components/ui/progress";
import {
  Table,
  TableBody,
  TableCell,
  TableHead,
  TableHeader,
  TableRow,
  TableSecondLine,
} from "@/components/ui/table";
import type { UsageTotal } from "@/lib/usage/model";
import { personText } from "./words";

const none = <span className="text-subtle-foreground">–</span>;
const hoursText = (hours: number) => (hours === 0 ? none : `${hours} h`);

/** What each person held, and how much of it they were on. Nothing where nobody held or used anything. */
export function TotalsTable({ totals }: { totals: readonly UsageTotal[] }) {
  if (totals.length === 0) return null;
  return (
    <Panel
      inset="flush"
      title="People"
      description="Hours that are over. Used is by the minute: of the hours held in which anybody looked."
    >
      <Table aria-label="Hours by person">
        <TableHeader>
          <tr>
            <TableHead>Person</TableHead>
            <TableHead numeric>Held</TableHead>
            <TableHead numeric>Used</TableHead>
            <TableHead className="max-sm:hidden">
              <span className="sr-only">Share used</span>
            </TableHead>
            <TableHead numeric>Idle</TableHead>
            <TableHead numeric className="max-sm:hidden">
              Used by others
            </TableHead>
            <TableHead numeric className="max-sm:hidden">
              Without holding
            </TableHead>
          </tr>
        </TableHeader>
        <TableBody>
          {totals.map((total) => (
            <TableRow key={total.person}>
              <TableCell className="font-medium">
                {personText(total.person)}
                <TableSecondLine className="font-normal sm:hidden">{besidesText(total)}</TableSecondLine>
              </TableCell>
              <TableCell numeric className="whitespace-nowrap font-mono">
                {hoursText(total.held)}
              </TableCell>
              <TableCell numeric className="whitespace-nowrap font-mono">
                {total.seen === 0 ? none : `${total.used} h`}
              </TableCell>
              <TableCell className="w-32 max-sm:hidden">
                <Share {...total} />
              </TableCell>
              <TableCell numeric className="whitespace-nowrap font-mono">
                {hoursText(total.idle)}
              </TableCell>
              <TableCell numeric className="whitespace-nowrap font-mono max-sm:hidden">
                {hoursText(total.lost)}
              </TableCell>
              <TableCell numeric className="whitespace-nowrap font-mono max-sm:hidden">
                {hoursText(total.elsewhere)}
              </TableCell>
            </TableRow>
          ))}
        </TableBody>
      </Table>
    </Panel>
  );
}

/** What a phone has no column for. */
function besidesText({ lost, elsewhere }: UsageTotal): string {
  const parts = [
    ...(lost > 0 ? [`${lost} h used by others`] : []),
    ...(elsewhere > 0 ? [`${elsewhere} h without holding`] : []),
  ];
  return parts.join(", ");
}

function Share({ person, seen, used }: UsageTotal) {
  if (seen === 0) return null;
  const share = Math.round((100 * used) / seen);
  return (
    <div className="flex items-center gap-2">
      <Progress value={share} label={`${personText(person)}: ${share} % used`} />
      <span aria-hidden className="w-9 shrink-0 text-right font-mono text-muted-foreground text-xs">
        {share}%
      </span>
    </div>
  );
}
