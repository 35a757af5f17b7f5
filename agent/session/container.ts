import type Docker from "dockerode";
import { AgentError, type VerbResult } from "@/lib/agent-protocol/verbs";
import type { AgentContext } from "../context";
import {
  createEngine,
  engineCall,
  engineError,
  engineInstant,
  isConflict,
  isNotFound,
  isNotModified,
  orMissing,
} from "../docker";
import { deadMounts } from "../mounts";
import { containerName, readLabels, type SessionLabels, workspaceLabel } from "./labels";

/** Beyond the grace period: the engine's own work of stopping. */
const stopSlackMs = 60_000;

type SessionInfo = NonNullable<VerbResult<"session.inspect">["session"]>;

export interface FoundSession {
  container: Docker.Container;
  details: Docker.ContainerInspectInfo;
  labels: SessionLabels;
}

/**
 * The session's container, in whatever state.
 * @throws AgentError `failed` when a container of that name is not this installation's.
 */
export async function findSession(
  context: AgentContext,
  installationId: string,
  slug: string,
): Promise<FoundSession | undefined> {
  const container = context.engine.getContainer(containerName(slug));
  const details = await orMissing(`Looking up container ${containerName(slug)}`, container.inspect());
  if (details === undefined) return undefined;
  const labels = readLabels(details.Config.Labels);
  if (labels === null || labels.installationId !== installationId || labels.slug !== slug) {
    throw new AgentError("failed", `Container ${containerName(slug)} does not belong to this installation`);
  }
  return { container, details, labels };
}

/** @throws AgentError `stale_generation` when the container was started by a later claim than the caller's. */
export function refuseOlder(found: FoundSession, generation: number): void {
  if (found.labels.generation <= generation) return;
  throw new AgentError(
    "stale_generation",
    `Session ${found.labels.slug} runs as generation ${found.labels.generation}; the request is of ${generation}`,
  );
}

function stateOf(details: Docker.ContainerInspectInfo): SessionInfo["state"] {
  const { Status } = details.State;
  if (Status === "created") return "created";
  return Status === "running" || Status === "paused" || Status === "restarting" ? "running" : "exited";
}

/** Where the host finds a running container's /workspace: a mount point that nobody inside can replace. */
const workspaceIn = ({ details }: FoundSession): string => `/proc/${details.State.Pid}/root/workspace`;

/** Sessions as the protocol tells of them. */
export async function toSessionInfos(found: readonly FoundSession[]): Promise<SessionInfo[]> {
  const dead = await deadMounts(found.filter(({ details }) => details.State.Running).map(workspaceIn));
  return found.map((session) =>
    toSessionInfo(session, session.details.State.Running ? !dead.has(workspaceIn(session)) : null),
  );
}

function toSessionInfo(
  { details, labels }: FoundSession,
  workspaceAlive: SessionInfo["workspaceAlive"],
): SessionInfo {
  const { installationId: _, ...session } = labels;
  const state = stateOf(details);
  return {
    ...session,
    state,
    startedAt: engineInstant(details.State.StartedAt),
    finishedAt: state === "exited" ? engineInstant(details.State.FinishedAt) : null,
    exitCode: state === "exited" ? details.State.ExitCode : null,
    oomKilled: details.State.OOMKilled,
    workspaceAlive,
  };
}

/** SIGTERM, the grace period, SIGKILL; returns when the container has exited. */
export async function stopContainer(
  context: AgentContext,
  name: string,
  graceSeconds: number,
): Promise<void> {
  // A client of its own: this one call is silent for as long as the grace period.
  const patient = createEngine(context.env.MEDFORGE_DOCKER_SOCKET, graceSeconds * 1000 + stopSlackMs);
  try {
    await patient.getContainer(name).stop({ t: graceSeconds });
  } catch (cause) {
    if (!isNotModified(cause) && !isNotFound(cause)) throw engineError(`Stopping container ${name}`, cause);
  }
}

/** Removes the container, running or not, and returns only when the engine no longer has it. */
export async function removeContainer(context: AgentContext, id: string): Promise<void> {
  const container = context.engine.getContainer(id);
  try {
    await container.remove({ force: true, v: true });
  } catch (cause) {
    if (isNotFound(cause)) return;
    if (!isConflict(cause)) throw engineError(`Removing container ${id}`, cause);
    await orMissing(`Awaiting the removal of container ${id}`, container.wait({ condition: "removed" }));
  }
  if ((await orMissing(`Looking up container ${id}`, container.inspect())) !== undefined) {
    throw new AgentError("failed", `Container ${id} is still there after its removal`);
  }
}

/** Containers of any installation and state that use a workspace, by name. */
export async function containersUsing(
  context: AgentContext,
  workspaceId: string,
): Promise<Docker.ContainerInfo[]> {
  const all = await engineCall("Listing containers", context.engine.listContainers({ all: true }));
  const folder = `${context.workspaces.mountPoint(workspaceId, 1).replace(/g1$/, "")}`;
  return all.filter(
    (container) =>
      container.Labels?.[workspaceLabel] === workspaceId ||
      (container.Mounts ?? []).some((mount) => mount.Source?.startsWith(folder) === true),
  );
}
