import type { Config } from "../config";
import { type PartName, partNames } from "../parts/part";
import { type Finding, startCure } from "./finding";

/** What `up` starts. A database, pool or engine that the site gave is not among it: one that is away is its own matter. */
function startedByUp({ databaseUrl, zfsParent, dockerHost }: Config): Set<string> {
  const given = [
    ...(databaseUrl === null ? [] : ["mariadb"]),
    ...(zfsParent === null ? [] : ["zfs"]),
    ...(dockerHost === null ? [] : ["docker"]),
  ];
  return new Set(["supervisor", ...partNames, "tls"].filter((name) => !given.includes(name)));
}

/**
 * The findings that come of nothing running, so that one start cures them all. A part that goes on without its supervisor
 * and is found wrong all the same is not among them.
 */
export function findingsOfOutage(
  findings: readonly Finding[],
  config: Config,
  runs: (part: PartName) => boolean,
): Finding[] {
  const started = startedByUp(config);
  const goesOn = (part: string) => {
    const process = part === "tls" ? "caddy" : partNames.find((name) => name === part);
    return process !== undefined && runs(process);
  };
  return findings.filter(
    ({ part, ok, cure }) => !ok && started.has(part) && (cure === startCure || !goesOn(part)),
  );
}
