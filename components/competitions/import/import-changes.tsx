import { Table, TableBody, TableCell, TableHead, TableHeader, TableRow } from "@/components/ui/table";
import type { ImportChange } from "@/lib/competitions/import-model";

/** What an import makes otherwise of a competition that is there; nothing where it is nothing. */
export function ImportChanges({ changes, label }: { changes: readonly ImportChange[]; label: string }) {
  if (changes.length === 0) return null;
  return (
    <Table aria-label={label}>
      <TableHeader>
        <tr>
          <TableHead>What</TableHead>
          <TableHead>Before</TableHead>
          <TableHead>After</TableHead>
        </tr>
      </TableHeader>
      <TableBody>
        {changes.map(({ field, before, after }) => (
          <TableRow key={field}>
            <TableCell className="wrap-anywhere align-top font-mono text-xs leading-5">{field}</TableCell>
            <TableCell className="wrap-anywhere align-top text-muted-foreground">{before}</TableCell>
            <TableCell className="wrap-anywhere align-top">{after}</TableCell>
          </TableRow>
        ))}
      </TableBody>
    </Table>
  );
}
