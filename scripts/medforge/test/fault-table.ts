import { existsSync, readFileSync } from "node:fs";
import { cpus, release, totalmem } from "node:os";
import { join } from "node:path";
import { type FaultRecord, faultFile, faultRecord, type TrialRecord } from "@/e2e/support/fault-record";
import { tryRun } from "../exec";
import { blockOf, writeBlock } from "./marked-block";
import type { FaultForm } from "./suites";

export const faultBlock = blockOf("faults", "./medforge test faults --table");

export interface FaultLine {
  fault: string;
  at: string;
  state: string;
  recovery: string;
  leaks: string;
}

const head: FaultLine = {
  fault: "fault",
  at: "at",
  state: "right state after",
  recovery: "time to recover",
  leaks: "leaks",
};
const columns = ["fault", "at", "state", "recovery", "leaks"] as const satisfies readonly (keyof FaultLine)[];

const seconds = (ms: number): string => (ms / 1000).toFixed(1);

function place({ phase }: TrialRecord, trials: readonly TrialRecord[]): string {
  if (trials.length > 1) return `${phase}, ${trials.length} times`;
  const moment = trials[0]?.moment;
  return moment === undefined ? phase : `${phase}: ${moment}`;
}

function recoveryOf(trials: readonly TrialRecord[]): string {
  const times = trials.flatMap(({ recoverMs }) => (recoverMs === null ? [] : [recoverMs]));
  if (times.length === 0) return "–";
  const [least, most] = [seconds(Math.min(...times)), seconds(Math.max(...times))];
  return least === most ? `${least} s` : `${least}–${most} s`;
}

/** One line for all trials of a fault that were made in the same phase and came out the same. */
export function faultLines(records: readonly FaultRecord[]): FaultLine[] {
  const groups = new Map<string, TrialRecord[]>();
  for (const record of records) {
    if (record.kind !== "trial") continue;
    const key = JSON.stringify([record.fault, record.phase, record.state, record.passed]);
    groups.set(key, [...(groups.get(key) ?? []), record]);
  }
  return [...groups.values()].flatMap((trials) => {
    const [first] = trials;
    if (first === undefined) return [];
    return {
      fault: first.fault,
      at: place(first, trials),
      state: first.passed ? first.state : `FAILED: ${first.state}`,
      recovery: recoveryOf(trials),
      leaks: first.passed ? "none" : "see the run",
    };
  });
}

function asText(lines: readonly FaultLine[]): string {
  const widths = columns.map((name) => Math.max(...[head, ...lines].map((line) => line[name].length)));
  const row = (line: FaultLine) => columns.map((name, n) => line[name].padEnd(widths[n] ?? 0)).join(" | ");
  return [row(head), widths.map((width) => "-".repeat(width)).join("-|-"), ...lines.map(row)].join("\n");
}

function asMarkdown(lines: readonly FaultLine[]): string {
  const row = (line: FaultLine) =>
    `| ${columns.map((name) => line[name].replaceAll("|", "\\|")).join(" | ")} |`;
  return [row(head), `|${columns.map(() => "---").join("|")}|`, ...lines.map(row)].join("\n");
}

function readRecords(dir: string): FaultRecord[] {
  const file = join(dir, faultFile);
  if (!existsSync(file)) return [];
  const lines = readFileSync(file, "utf8").split("\n");
  return lines.filter((line) => line !== "").map((line) => faultRecord.parse(JSON.parse(line)));
}

/** What the figures were measured on: without it they say nothing. */
async function machine(form: FaultForm): Promise<string> {
  const first = async (...argv: string[]) => {
    const answer = await tryRun(argv);
    return answer.ok ? (answer.stdout.split("\n")[0]?.trim() ?? "") : "";
  };
  const database = /[\d.]+-MariaDB/.exec(await first("mariadbd", "--version"))?.[0] ?? "MariaDB";
  const engine = (await first("dockerd", "--version")).replace(/,.*/, "");
  const gb = Math.round(totalmem() / 1024 ** 3);
  const date = new Date().toISOString().slice(0, 10);
  return `${form === "short" ? "Short" : "Long"} form, ${date}: ${cpus().length} cores, ${gb} GB of memory, Linux ${release().split("-")[0]}, ${database}, ${engine}, simulated GPUs.`;
}

/** Prints the table of what the suite measured, and writes it as Markdown where it is wanted. */
export async function tellFaults(
  dir: string,
  { form, table }: { form: FaultForm; table: string | undefined },
): Promise<void> {
  const records = readRecords(dir);
  if (records.length === 0) return;
  const lines = faultLines(records);
  const notes = records.flatMap((record) => (record.kind === "note" ? [record.text] : []));
  const about = await machine(form);
  console.log(`\n${asText(lines)}\n\n${[...notes, about].join("\n")}`);
  if (table !== undefined) writeBlock(table, faultBlock, [about, asMarkdown(lines), ...notes].join("\n\n"));
}
