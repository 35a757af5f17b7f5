import { SetupError } from "../errors";
import { openInstallation } from "../open";
import { partNames } from "../parts/part";
import { followLogs, prefixOf } from "../supervisor/follow";
import { logTail } from "../supervisor/logs";
import { pretty } from "../supervisor/pretty";

export interface LogsOptions {
  data?: string;
  follow?: boolean;
}

const logged = [...partNames, "supervisor"] as const;
const shownLines = 50;

/** Prints the end of each log, then what comes, when asked to follow. @returns the exit code. */
export async function logsCommand(part: string | undefined, options: LogsOptions): Promise<number> {
  const { layout } = openInstallation(options.data);
  if (part !== undefined && !logged.some((name) => name === part)) {
    throw new SetupError(`There is no log of "${part}".`, `There are logs of ${logged.join(", ")}.`);
  }
  const names = part === undefined ? logged : [part];
  for (const name of names) {
    const lines = logTail(layout, name, shownLines).split("\n");
    for (const line of lines.filter((text) => text !== "")) {
      console.log(`${prefixOf(names, name)} │ ${pretty(line)}`);
    }
  }
  if (!options.follow) return 0;
  followLogs(layout, names);
  await new Promise<void>((resolve) => process.once("SIGINT", () => resolve()));
  return 0;
}
