import { agentTrials } from "./agent-verbs";
import { edgeTrials } from "./edge";
import { insideTrials, internalTrials } from "./inside";
import { linksTrial } from "./links";
import type { TrialRow } from "./trial";

const tables: readonly { where: string; trials: readonly TrialRow[] }[] = [
  {
    where: "From inside a session, external and internal, by its user:",
    trials: [...insideTrials, ...internalTrials, linksTrial],
  },
  { where: "With the agent's socket in hand, as a worker that was taken over has it:", trials: agentTrials },
  { where: "At the edge: in her browser, as a person with an account, as a stranger:", trials: edgeTrials },
];

/** All trials in Markdown, as docs/runbook.md has them. */
export function securityTables(): string {
  const cell = (text: string) => text.replaceAll("|", "\\|");
  const row = ({ tried, refused }: TrialRow) => `| ${cell(tried)} | ${cell(refused)} |`;
  const head = "| tried | refused |\n|---|---|";
  return tables
    .map(({ where, trials }) => `${where}\n\n${[head, ...trials.map(row)].join("\n")}`)
    .join("\n\n");
}
