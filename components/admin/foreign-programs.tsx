import { gpuMemoryText } from "@/components/telemetry/programs";
import { Badge } from "@/components/ui/badge";
import { Panel } from "@/components/ui/panel";
import { Table, TableBody, TableCell, TableHead, TableHeader, TableRow } from "@/components/ui/table";
import type { ForeignProcessView } from "@/lib/fleet/model";

/** Programs on GPUs that are of no session, or of another than the one that holds the GPU. Nothing when there are none. */
export function ForeignPrograms({ programs }: { programs: readonly ForeignProcessView[] }) {
  if (programs.length === 0) return null;
  return (
    <Panel
      title="Programs outside their session"
      description="They take time and memory from whoever holds the GPU. Find out who started them on the host."
      inset="flush"
    >
      <Table aria-label="Programs outside their session">
        <TableHeader>
          <tr>
            <TableHead>GPU</TableHead>
            <TableHead numeric>Process</TableHead>
            <TableHead>Program</TableHead>
            <TableHead numeric>GPU memory</TableHead>
            <TableHead>GPU in use by</TableHead>
          </tr>
        </TableHeader>
        <TableBody>
          {programs.map((program) => (
            <TableRow key={`${program.gpu.id} ${program.pid}`}>
              <TableCell className="whitespace-nowrap font-mono text-xs">
                {program.gpu.node} #{program.gpu.index}{" "}
                {program.gpu.simulated ? <Badge tone="outline">simulated</Badge> : null}
              </TableCell>
              <TableCell numeric className="font-mono text-xs">
                {program.pid}
              </TableCell>
              <TableCell className="max-w-72 truncate font-mono text-xs">
                <span title={program.name}>{program.name === "" ? "not known" : program.name}</span>
              </TableCell>
              <TableCell numeric className="whitespace-nowrap font-mono text-xs">
                {gpuMemoryText(program.memoryMiB)}
              </TableCell>
              <TableCell className="whitespace-nowrap">
                {program.holder ? `${program.holder.username} · ${program.holder.slug}` : "nobody"}
              </TableCell>
            </TableRow>
          ))}
        </TableBody>
      </Table>
    </Panel>
  );
}
