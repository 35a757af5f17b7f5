import { AgentError } from "@/lib/agent-protocol/verbs";
import { assertNever } from "@/lib/kernel/assert";
import type { Logger } from "@/lib/kernel/log";
import { releaseOvertaken, retryLater, type SessionClaim } from "@/lib/sessions/lifecycle/claim";
import {
  failStart,
  markRunning,
  movePort,
  recordContainerStarted,
  recordWorkspaceReady,
} from "@/lib/sessions/lifecycle/start";
import { backoffMs, type EngineIdentity, exitText, sameEngine } from "@/lib/sessions/rules";
import { spaceGb } from "@/lib/workspaces/rules";
import { NoSshAnswer, type ProbeTarget, probeSsh, WrongHostKey } from "../adapters/ssh-probe";
import type { WorkerDeps } from "../deps";
import { classify, type Failure } from "../failures";
import { removeOrphans } from "../fleet/orphans";
import {
  overtakenMs,
  portMoves,
  probeDeadlineMs,
  probeSliceMs,
  restartAttempts,
  silentHostMs,
  startAttempts,
} from "../tunables";
import type { ClaimedDeps } from "../under-claim";
import { together } from "./together";

/**
 * Workspace → container → sshd answers with its host key → RUNNING. Each step may be repeated by the next claim, so it may
 * be cut off anywhere.
 * @throws ClaimLost when the session was taken over or is to be stopped
 */
export async function startSession(deps: ClaimedDeps, claim: SessionClaim, log: Logger): Promise<void> {
  let port = claim.session.sshPort;
  /** As known from the last look at the host, until the start itself has met it. */
  let met: EngineIdentity = claim.node;
  for (let moves = claim.session.portsTried; ; moves++) {
    try {
      await bringUp(deps, claim, port, (engine) => {
        met = engine;
      });
      if (claim.session.runningAt === null) deps.metrics.observeLaunch(claim.session.createdAt);
      log.info({ port }, "Running.");
      break;
    } catch (error) {
      const failure = await explain(deps, { ...claim, node: met }, error);
      log.warn({ err: error, port, failure: failure.kind }, "A step of the start failed.");
      if (failure.kind !== "port_busy" || moves >= portMoves) {
        await settle(deps, claim, failure, reasonOf(error));
        return;
      }
      const next = await movePort(deps.db, claim, port);
      if (next === null) return failStart(deps.db, claim, "Every SSH port of the host is in use.");
      port = next;
    }
  }
}

/**
 * The way up. What is only written runs beside what is waited for.
 * @param meets told of the engine that the container was started under
 */
async function bringUp(
  deps: WorkerDeps,
  claim: SessionClaim,
  port: number,
  meets: (engine: EngineIdentity) => void,
): Promise<void> {
  const { db, agent, installationId } = deps;
  const { session, workspace } = claim;
  const made = await agent.call("workspace.ensure", {
    installationId,
    workspaceId: workspace.publicId,
    datasetGeneration: session.workspaceGeneration,
    quotaGb: workspace.quotaGb,
    spaceGb: spaceGb(workspace.quotaGb, workspace.spaceFactor),
    identity: workspace.identity,
  });
  const started = await together(
    recordWorkspaceReady(db, claim, made),
    agent.call("session.start", {
      installationId,
      slug: session.slug,
      generation: claim.generation,
      exposure: session.exposure,
      workspaceId: workspace.publicId,
      datasetGeneration: session.workspaceGeneration,
      identity: made.identity,
      gpuUuid: claim.gpu.uuid,
      sshPort: port,
      pack: claim.pack.slug,
      authorizedKeys: [...claim.authorizedKeys],
      cpus: claim.pack.cpus,
      memoryMiB: claim.pack.memoryMiB,
    }),
  );
  const engine = { bootId: started.bootId, engineStartedAt: new Date(started.engineStartedAt) };
  meets(engine);
  await together(
    recordContainerStarted(db, claim),
    awaitSsh(deps, claim, { host: deps.probeHost, port, hostPublicKey: made.hostPublicKey }),
  );
  await markRunning(db, claim, engine);
}

/** Probes until sshd answers or the deadline; a container that has ended meanwhile isn't waited for. */
async function awaitSsh(deps: WorkerDeps, claim: SessionClaim, target: ProbeTarget): Promise<void> {
  const { installationId } = deps;
  const until = performance.now() + probeDeadlineMs;
  for (;;) {
    try {
      return await probeSsh(target, probeSliceMs);
    } catch (error) {
      if (!(error instanceof NoSshAnswer) || performance.now() >= until) throw error;
      const { session } = await deps.agent.call("session.inspect", {
        installationId,
        slug: claim.session.slug,
      });
      if (session?.state !== "running") throw error;
    }
  }
}

/** How often a start is tried that meets what may pass by itself. */
export function attemptsAllowed({ session }: SessionClaim): number {
  return session.runningAt === null ? startAttempts : restartAttempts;
}

/** What a host that was restarted may not have yet: its pool is imported, its driver loaded, after the engine is up. */
const slowAfterBoot: readonly AgentError["code"][] = ["no_such_workspace", "no_such_gpu"];

/** What the failure means, asking the host where the error alone doesn't say. */
async function explain(deps: WorkerDeps, claim: SessionClaim, error: unknown): Promise<Failure> {
  if (error instanceof WrongHostKey) return { kind: "fatal", error: error.message };
  if (error instanceof NoSshAnswer) return whyNoAnswer(deps, claim, error);
  const failure = classify(error);
  if (failure.kind === "gpu_busy") return clearedUp(deps, failure);
  const ranBefore = claim.session.runningAt !== null;
  if (ranBefore && error instanceof AgentError && slowAfterBoot.includes(error.code)) {
    return { kind: "retry", error: error.message };
  }
  return failure;
}

/** A leftover of ours would keep a GPU busy for ever: such are removed before the start is tried again. */
async function clearedUp(deps: WorkerDeps, failure: Failure): Promise<Failure> {
  try {
    await removeOrphans(deps);
    return failure;
  } catch (cause) {
    return classify(cause);
  }
}

/**
 * Why sshd is silent: a container that ended tells by its exit code and log, unless it went with the engine it was started
 * under; one that runs may need another try.
 */
async function whyNoAnswer(deps: WorkerDeps, claim: SessionClaim, error: NoSshAnswer): Promise<Failure> {
  const { installationId } = deps;
  try {
    const answer = await deps.agent.call("session.inspect", { installationId, slug: claim.session.slug });
    const log = answer.logTail.trim().slice(-300);
    const tail = log ? ` Its log ends: ${log}` : "";
    if (answer.session?.state === "running") return { kind: "retry", error: `${error.message}.${tail}` };
    const { bootId, engineStartedAt } = await deps.agent.call("health", {});
    const now = { bootId, engineStartedAt: engineStartedAt === null ? null : new Date(engineStartedAt) };
    if (!sameEngine(claim.node, now)) return { kind: "retry", error: "The container engine was restarted." };
    return { kind: "fatal", error: `${exitText(answer.session)}${tail}` };
  } catch (cause) {
    return classify(cause);
  }
}

/** The failure's kind in a word, for counting. */
function reasonOf(error: unknown): string {
  if (error instanceof AgentError) return error.code;
  if (error instanceof WrongHostKey) return "wrong_host_key";
  return error instanceof NoSshAnswer ? "no_ssh_answer" : "other";
}

/** Writes what is to become of the session. */
async function settle(
  deps: WorkerDeps,
  claim: SessionClaim,
  failure: Failure,
  reason: string,
): Promise<void> {
  const { db } = deps;
  const giveUp = async (text: string) => {
    await failStart(db, claim, text);
    deps.metrics.countStartFailure(reason);
  };
  const attempts = claim.session.attempts + 1;
  switch (failure.kind) {
    case "lost":
      return releaseOvertaken(db, claim, overtakenMs);
    case "wait":
      return retryLater(db, claim, {
        condition: failure.condition,
        attempts: claim.session.attempts,
        delayMs: silentHostMs,
      });
    case "port_busy":
      return giveUp(`None of ${portMoves} ports that were tried is free on the host.`);
    case "gpu_busy":
    case "retry":
      break;
    case "fatal":
      return giveUp(failure.error);
    default:
      return assertNever(failure);
  }
  if (attempts >= attemptsAllowed(claim)) return giveUp(failure.error);
  const condition = `Starting did not succeed yet: ${failure.error}`;
  return retryLater(db, claim, { condition, attempts, delayMs: backoffMs(attempts - 1) });
}
