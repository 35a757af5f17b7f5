import { SetupError } from "../errors";
import { openInstallation } from "../open";
import { partNames } from "../parts/part";
import { askRestart, requireRunning } from "../supervisor/control";
import { readCertificateFiles } from "../tls/settings";

export interface RestartOptions {
  data?: string;
}

/** Without a name: MedForge's own parts. Those below keep running, as do sessions. */
const ownParts = ["agent", "scorer", "worker", "web", "caddy"] as const;

/** @returns the exit code. */
export async function restartCommand(part: string | undefined, options: RestartOptions): Promise<number> {
  const { layout, config } = openInstallation(options.data);
  if (part !== undefined && !partNames.some((name) => name === part)) {
    throw new SetupError(`There is no part "${part}".`, `The parts are ${partNames.join(", ")}.`);
  }
  await requireRunning(layout);
  // A renewed certificate that is no good is refused while the old one is still served.
  if (config.tls === "files" && (part === undefined || part === "caddy")) readCertificateFiles(config);
  for (const name of part === undefined ? ownParts : [part]) {
    await askRestart(layout, name);
    console.log(`${name} restarted`);
  }
  return 0;
}
