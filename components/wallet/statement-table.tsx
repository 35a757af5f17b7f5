"use client";

import { cn } from "@/components/ui/cn";
import { useLabZone } from "@/components/ui/lab-clock";
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
import type { StatementLine } from "@/lib/schedule/model";
import { amountText, signedText, unitOf } from "./amount";
import { whatText, whichText } from "./words";

export interface StatementTableProps {
  lines: readonly StatementLine[];
}

export function StatementTable({ lines }: StatementTableProps) {
  const zone = useLabZone();
  const several = new Set(lines.map(({ currency }) => currency)).size > 1;
  return (
    <Table aria-label="Statement">
      <TableHeader>
        <tr>
          <TableHead className="max-sm:hidden">When</TableHead>
          <TableHead className="max-sm:pl-4">What for</TableHead>
          <TableHead className="max-sm:hidden">Which</TableHead>
          <TableHead numeric>Amount</TableHead>
          <TableHead numeric>Balance</TableHead>
        </tr>
      </TableHeader>
      <TableBody>
        {lines.map((line) => {
          const { id, at, amount, balance, currency } = line;
          const which = whichText(line, zone);
          return (
            <TableRow key={id}>
              <TableCell className="max-sm:hidden">
                <Time value={at} show="absolute" />
              </TableCell>
              <TableCell className="max-sm:pl-4">
                {whatText(line)}
                <Time value={at} show="absolute" className="ml-2 text-muted-foreground text-xs sm:hidden" />
                <TableSecondLine className="sm:hidden" suppressHydrationWarning>
                  {which}
                </TableSecondLine>
              </TableCell>
              <TableCell
                className="whitespace-nowrap text-muted-foreground max-sm:hidden"
                suppressHydrationWarning
              >
                {which}
              </TableCell>
              <TableCell
                numeric
                className={cn("whitespace-nowrap font-mono", !amount.startsWith("-") && "text-ok")}
              >
                {signedText(amount, currency)}
              </TableCell>
              <TableCell numeric className="whitespace-nowrap font-mono">
                {amountText(balance, currency)}
                {several ? <span className="text-muted-foreground"> {unitOf(currency)}</span> : null}
              </TableCell>
            </TableRow>
          );
        })}
      </TableBody>
    </Table>
  );
}
