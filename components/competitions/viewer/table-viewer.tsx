"use client";

import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { Button } from "@/components/ui/button";
import { Table, TableBody, TableCell, TableHead, TableHeader, TableRow } from "@/components/ui/table";
import { size } from "@/lib/kernel/size";
import { fileStart } from "./bytes";
import { ColumnPlot } from "./column-plot";
import { columnsOf } from "./columns";
import { csvTable } from "./csv";
import { fileQuery } from "./use-file";
import type { ViewerProps } from "./viewer-props";
import { Drawing, NothingShown } from "./viewer-state";

/** Read of a table, in bytes: enough for its spread, and soon there. */
const most = 4 * 2 ** 20;
const rowsShown = 20;
/** Some tables have a column for each of thousands of genes. */
const columnsAtATime = 36;

/** A table's first rows, and how the values of each column are spread. */
export function TableViewer({ name, files, pathOf }: ViewerProps) {
  const bytes = files.find((file) => file.name === name)?.bytes ?? 0;
  const [shown, setShown] = useState(columnsAtATime);
  const { data, error } = useQuery({
    ...fileQuery,
    queryKey: ["table", pathOf(name)],
    queryFn: async ({ signal }) => {
      const { start, isWhole } = await fileStart(pathOf(name), { bytes, most }, signal);
      const table = csvTable(start, isWhole);
      return { table, columns: columnsOf(table), isWhole };
    },
  });
  if (error) return <NothingShown what={name} error={error} />;
  if (!data) return <Drawing />;
  const { table, columns, isWhole } = data;
  const { rows } = table;
  const header = table.header.slice(0, shown);
  return (
    <div className="flex flex-col gap-4">
      <p className="text-muted-foreground text-sm">
        {isWhole
          ? `${rows.length} rows, ${columns.length} columns.`
          : `The first ${rows.length} rows of ${columns.length} columns: ${size(most)} of ${size(bytes)} were read, so the rest of the file is not in what follows.`}
      </p>
      <section aria-label="Distributions" className="grid gap-3 sm:grid-cols-2 lg:grid-cols-4">
        {Object.entries(columns.slice(0, shown)).map(([place, column]) => (
          <ColumnPlot key={place} column={column} rows={rows.length} />
        ))}
      </section>
      {columns.length > shown ? (
        <Button size="sm" className="self-start" onClick={() => setShown(shown + columnsAtATime)}>
          Show more columns, {shown} of {columns.length} are shown
        </Button>
      ) : null}
      <div className="overflow-hidden rounded-md border border-border">
        <Table aria-label={`First rows of ${name}`}>
          <TableHeader>
            <tr>
              {Object.entries(header).map(([place, column]) => (
                <TableHead key={place} className="whitespace-nowrap font-mono">
                  {column}
                </TableHead>
              ))}
            </tr>
          </TableHeader>
          <TableBody>
            {Object.entries(rows.slice(0, rowsShown)).map(([index, row]) => (
              <TableRow key={index}>
                {Object.entries(header).map(([place, column]) => (
                  <TableCell
                    key={place}
                    title={column}
                    className="max-w-60 truncate whitespace-nowrap font-mono text-xs"
                  >
                    {row[Number(place)] ?? ""}
                  </TableCell>
                ))}
              </TableRow>
            ))}
          </TableBody>
        </Table>
      </div>
      {rows.length > rowsShown ? (
        <p className="text-muted-foreground text-xs">The first {rowsShown} rows.</p>
      ) : null}
    </div>
  );
}
