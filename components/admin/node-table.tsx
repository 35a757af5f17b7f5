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
import { Time } from "@/components/ui/time";
import { exactBytes } from "@/components/workspaces/size";
import type { NodeView } from "@/lib/fleet/model";
import { size } from "@/lib/kernel/size";

function Health({ node }: { node: NodeView }) {
  if (!node.reachable) return <StateBadge tone="bad">No answer</StateBadge>;
  if (node.condition) return <StateBadge tone="warn">Needs a look</StateBadge>;
  return <StateBadge tone="ok">Healthy</StateBadge>;
}

/** "16 CPUs, 64 GB", as far as it is known. */
function hardwareText({ cpus, memoryBytes }: NodeView): string {
  const known = [cpus === null ? null : `${cpus} CPUs`, memoryBytes === null ? null : size(memoryBytes)];
  return known.filter((part) => part !== null).join(", ");
}

const unknown = <span className="text-subtle-foreground">–</span>;

/** Each host as its agent last told it. */
export function NodeTable({ nodes }: { nodes: readonly NodeView[] }) {
  return (
    <Table aria-label="Servers">
      <TableHeader>
        <tr>
          <TableHead>Server</TableHead>
          <TableHead>Health</TableHead>
          <TableHead numeric className="max-sm:hidden">
            CPUs
          </TableHead>
          <TableHead numeric className="max-sm:hidden">
            Memory
          </TableHead>
          <TableHead numeric>Disk free</TableHead>
          <TableHead className="max-sm:hidden">Last heard</TableHead>
        </tr>
      </TableHeader>
      <TableBody>
        {nodes.map((node) => (
          <TableRow key={node.id}>
            <TableCell className="font-mono text-xs">
              {node.name}
              <TableSecondLine className="whitespace-nowrap font-sans sm:hidden">
                {hardwareText(node)}
              </TableSecondLine>
              <TableSecondLine className="font-sans sm:hidden">
                heard {node.lastSeenAt ? <Time value={node.lastSeenAt} show="relative" /> : "never"}
              </TableSecondLine>
            </TableCell>
            <TableCell>
              <div className="flex flex-wrap items-center gap-x-2 gap-y-1">
                <Health node={node} />
                {node.condition ? (
                  <span className="min-w-40 text-muted-foreground text-xs">{node.condition}</span>
                ) : null}
              </div>
            </TableCell>
            <TableCell numeric className="font-mono text-xs max-sm:hidden">
              {node.cpus ?? unknown}
            </TableCell>
            <TableCell numeric className="whitespace-nowrap font-mono text-xs max-sm:hidden">
              {node.memoryBytes === null ? (
                unknown
              ) : (
                <span title={exactBytes(node.memoryBytes)}>{size(node.memoryBytes)}</span>
              )}
            </TableCell>
            <TableCell numeric className="whitespace-nowrap font-mono text-xs">
              {node.diskFreeBytes === null || node.diskTotalBytes === null ? (
                unknown
              ) : (
                <span title={`${exactBytes(node.diskFreeBytes)} of ${exactBytes(node.diskTotalBytes)}`}>
                  {size(node.diskFreeBytes)} of {size(node.diskTotalBytes)}
                </span>
              )}
            </TableCell>
            <TableCell className="whitespace-nowrap max-sm:hidden">
              {node.lastSeenAt ? <Time value={node.lastSeenAt} /> : "never"}
            </TableCell>
          </TableRow>
        ))}
      </TableBody>
    </Table>
  );
}
