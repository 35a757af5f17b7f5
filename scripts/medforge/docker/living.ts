import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import type { Config } from "../config";
import type { Layout } from "../layout";
import { sessionsOf } from "./engine";

const container = z.object({ ID: z.string(), Name: z.string(), State: z.object({ Pid: z.number() }) });

/** The engine's folders of containers: with user-namespace remap one level down. */
function containerFolders(layout: Layout): string[] {
  if (!existsSync(layout.dockerData)) return [];
  return ["", ...readdirSync(layout.dockerData)]
    .map((sub) => join(layout.dockerData, sub, "containers"))
    .filter(existsSync)
    .flatMap((folder) => readdirSync(folder).map((id) => join(folder, id, "config.v2.json")))
    .filter(existsSync);
}

/** Whether this process is that container's: numbers come around again. */
function runs(id: string, pid: number): boolean {
  try {
    return pid > 0 && readFileSync(`/proc/${pid}/cgroup`, "utf8").includes(id);
  } catch {
    // No such process.
    return false;
  }
}

/** Names of session containers that live although our own engine does not answer; of a given engine none. */
export function livingSessions(config: Config, layout: Layout): string[] {
  if (config.dockerHost !== null) return [];
  return containerFolders(layout)
    .map((file) => container.parse(JSON.parse(readFileSync(file, "utf8"))))
    .filter(({ ID, Name, State }) => Name.startsWith("/mf-session-") && runs(ID, State.Pid))
    .map(({ Name }) => Name.slice(1));
}

/** Sessions that would lose their workspaces with ZFS, as far as can be told; null when it can't. */
export async function sessionsOnPool(config: Config, layout: Layout): Promise<string[] | null> {
  const running = await sessionsOf(config, layout);
  return running ?? (config.dockerHost === null ? livingSessions(config, layout) : null);
}

/** Says which sessions outlive the installation's stop. */
export function goingOn(sessions: readonly string[]): string {
  const one = sessions.length === 1;
  return `${sessions.length} session${one ? " goes" : "s go"} on: ${sessions.join(", ")}; ssh to ${one ? "it" : "them"} works. \`./medforge up\` takes ${one ? "it" : "them"} over.`;
}
