import { SetupError } from "../errors";
import { openInstallation } from "../open";
import { partNames } from "../parts/part";
import { followLogs, prefixOf } from "../supervisor/follow";
import { logTail } from "../supervisor/logs";
import { pretty, writtenAt } from "../supervisor/pretty";

export interface LogsOptions {
  data?: string;
  follow?: boolean;
}

const logged = [...partNames, "supervisor"] as const;
const shownLines = 50;

interface PlacedLine {
  name: string;
  text: string;
  /** ms since 1970; a line that does not say is as old as the one before it in its log. */
  at: number;
}

function placed(name: string, lines: readonly string[]): PlacedLine[] {
  let at = 0;
  return lines
    .filter((text) => text !== "")
    .map((text) => {
      const own = writtenAt(text);
      if (!Number.isNaN(own)) at = own;
      return { name, text, at };
    });
}

/** Prints the end of each log, one timeline of all of them, then what comes, when asked to follow. @returns the exit code. */
export async function logsCommand(part: string | undefined, options: LogsOptions): Promise<number> {
  const { layout } = openInstallation(options.data);
  if (part !== undefined && !logged.some((name) => name === part)) {
    throw new SetupError(`There is no log of "${part}".`, `There are logs of ${logged.join(", ")}.`);
  }
  const names = part === undefined ? logged : [part];
  const tails = names.flatMap((name) => placed(name, logTail(layout, name, shownLines).split("\n")));
  for (const { name, text } of tails.sort((a, b) => a.at - b.at)) {
    console.log(`${prefixOf(names, name)} │ ${pretty(text)}`);
  }
  if (!options.follow) return 0;
  followLogs(layout, names);
  await new Promise<void>((resolve) => process.once("SIGINT", () => resolve()));
  return 0;
}
