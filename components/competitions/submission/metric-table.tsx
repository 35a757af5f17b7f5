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
import type { EvaluationView, SubmissionCases, SubmissionView } from "@/lib/competitions/model";
import { directionWords, metricLabel, metricWords } from "../metrics";
import { exactScore, scoreText } from "../score-text";

export interface MetricTableProps {
  submission: SubmissionView;
  evaluation: EvaluationView | null;
  /** Names, what ranks first. */
  order: readonly string[];
  reasons: SubmissionCases["undefined"];
  /** Whether the evaluation has a private split that is still closed. */
  sealed: boolean;
}

/** Every metric on every split, as far as it may be seen. */
export function MetricTable({ submission, evaluation, order, reasons, sealed }: MetricTableProps) {
  const metrics = submission.metrics;
  const known = Object.keys(metrics?.public ?? metrics?.private ?? {});
  const names = [
    ...order.filter((name) => known.includes(name)),
    ...known.filter((name) => !order.includes(name)),
  ];
  const withPrivate = metrics?.private !== null && metrics?.private !== undefined;
  return (
    <Panel title="Score" inset="flush">
      <Table aria-label="Score">
        <TableHeader>
          <tr>
            <TableHead>Metric</TableHead>
            <TableHead numeric>Public</TableHead>
            {withPrivate || sealed ? <TableHead numeric>Private</TableHead> : null}
          </tr>
        </TableHeader>
        <TableBody>
          {names.map((name) => {
            const ranks = evaluation?.primary.metric === name;
            const direction = metricWords(name)?.direction;
            return (
              <TableRow key={name}>
                <TableCell>
                  <span className={ranks ? "font-medium" : undefined}>{metricLabel(name)}</span>
                  <TableSecondLine>
                    {ranks ? "Ranks · " : null}
                    {direction ? directionWords[direction] : null}
                  </TableSecondLine>
                </TableCell>
                <Value value={metrics?.public?.[name]} reason={reasons.public?.[name]} ranks={ranks} />
                {withPrivate ? (
                  <Value value={metrics?.private?.[name]} reason={reasons.private?.[name]} ranks={ranks} />
                ) : sealed ? (
                  <TableCell numeric className="text-muted-foreground text-xs">
                    revealed at the end
                  </TableCell>
                ) : null}
              </TableRow>
            );
          })}
        </TableBody>
      </Table>
    </Panel>
  );
}

function Value({
  value,
  reason,
  ranks,
}: {
  value: number | null | undefined;
  reason: string | undefined;
  ranks: boolean;
}) {
  return (
    <TableCell
      numeric
      className={ranks ? "font-medium font-mono text-base" : "font-mono text-xs"}
      title={typeof value === "number" ? exactScore(value) : undefined}
    >
      {typeof value === "number" ? scoreText(value, ranks ? 6 : 4) : "–"}
      {reason ? <TableSecondLine className="font-sans">{reason}</TableSecondLine> : null}
    </TableCell>
  );
}
