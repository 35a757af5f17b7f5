import { StateMark, type StateTone } from "@/components/ui/state-badge";
import { Table, TableBody, TableCell, TableHead, TableHeader, TableRow } from "@/components/ui/table";
import type { ProbeView } from "@/lib/sessions/model";
import { probeKindWords } from "./state";

interface Look {
  readonly tone: StateTone;
  readonly word: string;
}

/** What an attempt's end means: only what was reached and must not be is bad. */
export function probeLook({ expectation, outcome }: Pick<ProbeView, "expectation" | "outcome">): Look {
  if (expectation === "refused") {
    return outcome === "refused" ? { tone: "ok", word: "refused" } : { tone: "bad", word: "reached" };
  }
  return outcome === "reached"
    ? { tone: "ok", word: "reached, as it may" }
    : { tone: "idle", word: "not reached" };
}

/** What was tried from inside a session, and how each attempt ended. */
export function ProbeTable({ probes }: { probes: readonly ProbeView[] }) {
  return (
    <Table aria-label="What was tried from inside the session">
      <TableHeader>
        <TableRow>
          <TableHead>What</TableHead>
          <TableHead>Target</TableHead>
          <TableHead>Outcome</TableHead>
          <TableHead numeric className="max-sm:hidden">
            After
          </TableHead>
        </TableRow>
      </TableHeader>
      <TableBody>
        {probes.map((probe) => (
          <Row key={`${probe.kind} ${probe.target}`} probe={probe} />
        ))}
      </TableBody>
    </Table>
  );
}

function Row({ probe }: { probe: ProbeView }) {
  const { tone, word } = probeLook(probe);
  return (
    <TableRow>
      <TableCell className="whitespace-nowrap">{probeKindWords[probe.kind]}</TableCell>
      <TableCell className="min-w-40 font-mono text-xs">{probe.target}</TableCell>
      <TableCell>
        <span className="flex items-baseline gap-2">
          <StateMark tone={tone} />
          <span>
            <span className={tone === "bad" ? "font-medium" : undefined}>{word}</span>
            <span className="text-muted-foreground"> · {probe.how}</span>
          </span>
        </span>
      </TableCell>
      <TableCell numeric className="whitespace-nowrap font-mono text-muted-foreground text-xs max-sm:hidden">
        {probe.ms} ms
      </TableCell>
    </TableRow>
  );
}
