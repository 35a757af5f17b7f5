import { cn } from "@/components/ui/cn";
import { Panel } from "@/components/ui/panel";
import { Table, TableBody, TableCell, TableHead, TableHeader, TableRow } from "@/components/ui/table";
import { valueLabel } from "../metrics";
import { scoreText } from "../score-text";
import type { Explained } from "./explanation";

/** Columns of counts are whole. */
const counts: ReadonlySet<string> = new Set(["rows"]);

/** How each class fared. */
export function ClassTable({ perClass }: { perClass: Explained["perClass"] }) {
  const names = new Set(Object.values(perClass).flatMap((row) => Object.keys(row)));
  const columns = [...names].sort((a, b) => Number(counts.has(b)) - Number(counts.has(a)));
  // How many there are of a class is no result.
  if (columns.every((name) => counts.has(name))) return null;
  return (
    <Panel title="By class" description="On the public cases" inset="flush">
      <Table aria-label="By class">
        <TableHeader>
          <tr>
            <TableHead>Class</TableHead>
            {columns.map((name) => (
              <TableHead key={name} numeric>
                {valueLabel(name)}
              </TableHead>
            ))}
          </tr>
        </TableHeader>
        <TableBody>
          {Object.entries(perClass).map(([name, row]) => (
            <TableRow key={name}>
              <TableCell className="wrap-anywhere">{name}</TableCell>
              {columns.map((column) => (
                <TableCell key={column} numeric className="font-mono text-xs">
                  {counts.has(column) ? (row[column] ?? "–") : scoreText(row[column])}
                </TableCell>
              ))}
            </TableRow>
          ))}
        </TableBody>
      </Table>
    </Panel>
  );
}

/** Shares of a true class in steps, so that the policy needs no style for each. */
const shades = [
  "",
  "bg-primary/8",
  "bg-primary/16",
  "bg-primary/25",
  "bg-primary/35",
  "bg-primary/45",
] as const;

function shadeOf(count: number, ofRow: number): string {
  if (count === 0 || ofRow === 0) return "";
  return shades[Math.min(shades.length - 1, 1 + Math.floor((count / ofRow) * (shades.length - 1)))] ?? "";
}

/** With more of them columns are as wide as they need, and scroll. */
const fittingClasses = 8;

/** What each true class was taken for. Darker is a larger share of the row; the count stands in each cell. */
export function ConfusionMatrix({
  confusion,
  classes,
}: {
  confusion: readonly (readonly number[])[];
  classes: readonly string[];
}) {
  return (
    <Panel
      title="Confusion matrix"
      description="Rows are the truth, columns the prediction, on the public cases"
      inset="flush"
    >
      <Table
        aria-label="Confusion matrix"
        className={confusion.length > fittingClasses ? undefined : "table-fixed"}
      >
        <TableHeader>
          <tr>
            <TableHead>True class</TableHead>
            {confusion.map((_, place) => (
              <TableHead key={classes[place] ?? place} numeric>
                <span className="sr-only">predicted </span>
                {classes[place] ?? place}
              </TableHead>
            ))}
          </tr>
        </TableHeader>
        <TableBody>
          {confusion.map((row, truth) => {
            const ofRow = row.reduce((sum, count) => sum + count, 0);
            return (
              <TableRow key={classes[truth] ?? truth}>
                <th scope="row" className="px-4 text-left font-normal text-sm">
                  {classes[truth] ?? truth}
                </th>
                {row.map((count, prediction) => (
                  <TableCell
                    key={classes[prediction] ?? prediction}
                    numeric
                    className={cn(
                      "font-mono text-xs",
                      shadeOf(count, ofRow),
                      truth === prediction && "font-semibold",
                      count === 0 && "text-subtle-foreground",
                    )}
                    title={
                      ofRow === 0
                        ? undefined
                        : `${((count / ofRow) * 100).toFixed(1)} % of ${classes[truth] ?? truth}`
                    }
                  >
                    {count}
                  </TableCell>
                ))}
              </TableRow>
            );
          })}
        </TableBody>
      </Table>
    </Panel>
  );
}
