import Docker from "dockerode";
import { AgentError } from "@/lib/agent-protocol/verbs";
import { errorText } from "@/lib/kernel/errors";

/** A healthy engine answers within milliseconds and starts a container within a second. */
const engineTimeoutMs = 60_000;

/** A client for the engine behind a unix socket; `timeoutMs` bounds the silence within each call. */
export function createEngine(socketPath: string, timeoutMs: number = engineTimeoutMs): Docker {
  return new Docker({ socketPath, timeout: timeoutMs });
}

/** The HTTP status that the engine answered with; undefined when it did not answer. */
function statusOf(cause: unknown): number | undefined {
  if (!(cause instanceof Error) || !("statusCode" in cause)) return undefined;
  return typeof cause.statusCode === "number" ? cause.statusCode : undefined;
}

/** "No such container", "no such image" and the like. */
export const isNotFound = (cause: unknown): boolean => statusOf(cause) === 404;

/** The engine has nothing to do: the container is started, or stopped, already. */
export const isNotModified = (cause: unknown): boolean => statusOf(cause) === 304;

/** Another removal of the same container is under way, or the name is taken. */
export const isConflict = (cause: unknown): boolean => statusOf(cause) === 409;

/** gRPC's word for a containerd that the engine can't reach: the engine starts it again within seconds. */
const withoutContainerd = /: unavailable\s*$/;

/**
 * Turns what dockerode throws into the agent's error: `engine_unavailable` where the engine, or the containerd that it
 * needs, does not answer, else `failed`.
 */
export function engineError(what: string, cause: unknown): AgentError {
  if (cause instanceof AgentError) return cause;
  const isAway = statusOf(cause) === undefined || withoutContainerd.test(errorText(cause));
  const code = isAway ? "engine_unavailable" : "failed";
  return new AgentError(code, `${what}: ${errorText(cause)}`, { cause });
}

/** Awaits a call to the engine and gives its failure a name. */
export async function engineCall<T>(what: string, call: Promise<T>): Promise<T> {
  try {
    return await call;
  } catch (cause) {
    throw engineError(what, cause);
  }
}

/** Awaits a call to the engine; undefined where the engine says that there is no such thing. */
export async function orMissing<T>(what: string, call: Promise<T>): Promise<T | undefined> {
  try {
    return await call;
  } catch (cause) {
    if (isNotFound(cause)) return undefined;
    throw engineError(what, cause);
  }
}

/** Host ids that a container's root (0) appears as. */
export interface Remap {
  uid: number;
  gid: number;
}

/** What `docker info` tells of the engine's user-namespace remap: its root folder is named `<uid>.<gid>` then. */
export function readRemap(info: { SecurityOptions?: string[] | null; DockerRootDir: string }): Remap | null {
  const remapped = (info.SecurityOptions ?? []).some((option) => /(^|,)name=userns(,|$)/.test(option));
  const ids = /\/(\d+)\.(\d+)$/.exec(info.DockerRootDir);
  if (!remapped || ids === null) return null;
  const [uid, gid] = [Number(ids[1]), Number(ids[2])];
  return uid > 0 && gid > 0 ? { uid, gid } : null;
}

/** The engine's instant as ISO 8601 in UTC; null for its zero value. */
export function engineInstant(text: string | undefined): string | null {
  if (text === undefined || text === "" || text.startsWith("0001-")) return null;
  return new Date(text).toISOString();
}
