import { SetupError } from "../errors";
import { openInstallation } from "../open";
import { followLogs } from "../supervisor/follow";
import { logged } from "../supervisor/logs";
import { timeline } from "../supervisor/timeline";

export interface LogsOptions {
  data?: string;
  follow?: boolean;
}

const shownLines = 50;

/** Prints the end of each log, one timeline of all of them, then what comes, when asked to follow. @returns the exit code. */
export async function logsCommand(part: string | undefined, options: LogsOptions): Promise<number> {
  const { layout } = openInstallation(options.data);
  if (part !== undefined && !logged.some((name) => name === part)) {
    throw new SetupError(`There is no log of "${part}".`, `There are logs of ${logged.join(", ")}.`);
  }
  const names = part === undefined ? logged : [part];
  for (const line of timeline(layout, names, shownLines)) console.log(line);
  if (!options.follow) return 0;
  followLogs(layout, names);
  await new Promise<void>((resolve) => process.once("SIGINT", () => resolve()));
  return 0;
}
