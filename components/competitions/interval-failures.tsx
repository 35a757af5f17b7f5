import { Panel } from "@/components/ui/panel";
import {
  Table,
  TableBody,
  TableCell,
  TableHead,
  TableHeader,
  TableRow,
  TableSecondLine,
} from "@/components/ui/table";
import { Time } from "@/components/ui/time";
import type { ScoringOverview } from "@/lib/competitions/admin-model";

/** What of the leaderboards' intervals waits, and what was given up; nothing where neither is. */
export function IntervalFailures({ intervals: { waiting, failures } }: Pick<ScoringOverview, "intervals">) {
  if (waiting === 0 && failures.length === 0) return null;
  return (
    <Panel
      title="Intervals"
      description={`${waiting} submissions wait to be resampled, behind everything that is to be scored`}
      inset={failures.length === 0 ? "padded" : "flush"}
    >
      {failures.length === 0 ? (
        <p className="text-muted-foreground text-sm">None was given up.</p>
      ) : (
        <Table aria-label="Intervals given up">
          <TableHeader>
            <tr>
              <TableHead>Given up</TableHead>
              <TableHead>Why</TableHead>
              <TableHead numeric className="max-sm:hidden">
                Tries
              </TableHead>
            </tr>
          </TableHeader>
          <TableBody>
            {failures.map((failure) => (
              <TableRow key={`${failure.competition} ${failure.what}`}>
                <TableCell>
                  <span className="font-mono text-xs">{failure.what}</span>
                  <TableSecondLine>
                    {failure.competition} · <Time value={failure.finishedAt} show="relative" />
                  </TableSecondLine>
                </TableCell>
                <TableCell className="wrap-anywhere text-xs">
                  {failure.failure}
                  <TableSecondLine>
                    Tried again by{" "}
                    <code className="font-mono">./medforge leaderboard rebuild {failure.competition}</code>
                  </TableSecondLine>
                </TableCell>
                <TableCell numeric className="font-mono text-xs max-sm:hidden">
                  {failure.attempts}
                </TableCell>
              </TableRow>
            ))}
          </TableBody>
        </Table>
      )}
    </Panel>
  );
}
