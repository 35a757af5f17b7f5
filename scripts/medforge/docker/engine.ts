import { z } from "zod";
import type { Config } from "../config";
import { SetupError } from "../errors";
import { ask } from "../http";
import type { Layout } from "../layout";

/** The engine's socket: our own, or the given one. @throws SetupError when the given one is not a unix socket. */
export function dockerSocketOf(config: Config, layout: Layout): string {
  if (config.dockerHost === null) return layout.dockerSocket;
  const path = config.dockerHost.replace(/^unix:\/\//, "");
  if (path.startsWith("/")) return path;
  throw new SetupError(
    `MEDFORGE_DOCKER_HOST is ${config.dockerHost}; the agent talks to an engine on its own host.`,
    "Give a socket, such as unix:///var/run/docker.sock.",
  );
}

const info = z.object({
  SecurityOptions: z.array(z.string()).nullish(),
  LiveRestoreEnabled: z.boolean(),
  ServerVersion: z.string(),
});
export type EngineInfo = { remapped: boolean; liveRestore: boolean; version: string };

/** @throws Error when the engine does not answer. */
export async function engineInfo(socketPath: string): Promise<EngineInfo> {
  const answer = await ask({ socketPath, path: "/info", host: "docker" });
  if (answer.status !== 200) throw new Error(`Docker answered ${answer.status}: ${answer.text}`);
  const parsed = info.parse(JSON.parse(answer.text));
  return {
    remapped: (parsed.SecurityOptions ?? []).some((option) => option.includes("name=userns")),
    liveRestore: parsed.LiveRestoreEnabled,
    version: parsed.ServerVersion,
  };
}

const containers = z.array(z.object({ Names: z.array(z.string()) }));

/** Names of the running session containers, or null when the engine can't be asked: then sessions may be running. */
export async function sessionsOf(config: Config, layout: Layout): Promise<string[] | null> {
  return runningSessions(dockerSocketOf(config, layout)).catch(() => null);
}

/** Names of the running session containers. @throws Error when the engine does not answer. */
async function runningSessions(socketPath: string): Promise<string[]> {
  const filters = encodeURIComponent(JSON.stringify({ name: ["^/mf-session-"], status: ["running"] }));
  const answer = await ask({ socketPath, path: `/containers/json?filters=${filters}`, host: "docker" });
  if (answer.status !== 200) throw new Error(`Docker answered ${answer.status}: ${answer.text}`);
  return containers.parse(JSON.parse(answer.text)).map((each) => (each.Names[0] ?? "").replace(/^\//, ""));
}
