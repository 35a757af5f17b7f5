import { z } from "zod";
import * as p from "./patterns";

/** Raised when a verb's input or result changes incompatibly; `health` reports it and the worker refuses another. */
export const protocolVersion = 4;

const instant = z.iso.datetime();
const bytes = z.number().int().nonnegative();

export const health = {
  input: z.strictObject({}),
  result: z.strictObject({
    protocolVersion: z.number().int(),
    version: z.string(),
    /** Changes when the host restarts. */
    bootId: z.string(),
    /** When the Docker engine that now answers was started; null while none answers. */
    engineStartedAt: instant.nullable(),
    engineVersion: z.string().nullable(),
    /** Whether the dataset below which workspaces live answers. */
    storageReady: z.boolean(),
    /** Each is a sentence for the operator, e.g. "Docker engine does not answer on …". Empty means well. */
    problems: z.array(z.string()),
    /** How often since the agent's start the firewall was found changed and put right, and when that was last. */
    fenceChanges: z.strictObject({ count: z.number().int().nonnegative(), at: instant.nullable() }),
  }),
} as const;

export const gpuInfo = z.strictObject({
  index: z.number().int().nonnegative(),
  uuid: p.gpuUuid,
  model: z.string(),
  memoryMiB: z.number().int().positive(),
  driver: z.string(),
  /** True for a stand-in without hardware behind it. */
  simulated: z.boolean(),
});

export const inventory = {
  input: z.strictObject({}),
  result: z.strictObject({
    hostname: z.string(),
    cpus: z.number().int().positive(),
    memoryBytes: bytes,
    /** The pool that holds the workspaces. */
    disk: z.strictObject({ totalBytes: bytes, freeBytes: bytes }),
    gpus: z.array(gpuInfo),
    /** The authority that signs this host's workspaces' SSH host keys. */
    hostCaPublicKey: p.hostPublicKey,
  }),
} as const;

export const usage = {
  input: z.strictObject({}),
  result: z.strictObject({
    sampledAt: instant,
    gpus: z.array(
      z.strictObject({
        uuid: p.gpuUuid,
        /** Percent of the last sample period in which a kernel ran; null where the driver does not say. */
        utilizationPercent: z.number().nullable(),
        memoryUsedMiB: z.number().nullable(),
        temperatureC: z.number().nullable(),
        powerW: z.number().nullable(),
      }),
    ),
  }),
} as const;

const workspaceRef = {
  installationId: p.installationId,
  workspaceId: p.workspaceId,
  datasetGeneration: p.datasetGeneration,
} as const;

/** Makes dataset, identity and SSH host key where they are missing; sets the quotas; idempotent. */
export const workspaceEnsure = {
  input: z.strictObject({
    ...workspaceRef,
    /** What the files may hold. */
    quotaGb: p.quotaGb,
    /** What all generations and snapshots may hold together; absent leaves it as it is. */
    spaceGb: p.quotaGb.optional(),
    identity: p.workspaceIdentity.nullable(),
  }),
  result: z.strictObject({
    identity: p.workspaceIdentity,
    /** `ssh-ed25519 AAAA…`, without a comment. */
    hostPublicKey: z.string(),
  }),
} as const;

export const snapshotInfo = z.strictObject({
  snapshotId: p.snapshotId,
  datasetGeneration: p.datasetGeneration,
  createdAt: instant,
  /** Space that only this snapshot holds. */
  usedBytes: bytes,
  /** Space that the snapshot refers to: the size of what a restore brings back. */
  referencedBytes: bytes,
});

export const workspaceSnapshot = {
  input: z.strictObject({ ...workspaceRef, identity: p.workspaceIdentity, snapshotId: p.snapshotId }),
  result: snapshotInfo,
} as const;

/** All snapshots of the workspace, every generation. */
export const workspaceList = {
  input: z.strictObject({ installationId: p.installationId, workspaceId: p.workspaceId }),
  result: z.strictObject({ snapshots: z.array(snapshotInfo) }),
} as const;

/** Clones a snapshot, whichever generation holds it, into generation `newGeneration`; what is there stays. Idempotent. */
export const workspaceRestore = {
  input: z.strictObject({
    installationId: p.installationId,
    workspaceId: p.workspaceId,
    identity: p.workspaceIdentity,
    snapshotId: p.snapshotId,
    newGeneration: p.datasetGeneration,
    quotaGb: p.quotaGb,
  }),
  result: z.strictObject({}),
} as const;

export const workspaceUsage = {
  input: z.strictObject({
    ...workspaceRef,
    /** Its session: whoever logs in there is told when little is left. */
    slug: p.slug.optional(),
  }),
  result: z.strictObject({
    /** What the generation's files take. */
    usedBytes: bytes,
    quotaBytes: bytes,
    /** What snapshots and other generations hold beyond it. */
    snapshotBytes: bytes,
    /** All generations and snapshots together. */
    totalBytes: bytes,
    /** What they may hold; null without a bound. */
    spaceBytes: bytes.nullable(),
  }),
} as const;

/**
 * Destroys single snapshots, and what generations before the named one hold that no snapshot shows. A snapshot that two
 * states grew from which are both still there stays; already gone is success. Idempotent.
 */
export const workspacePrune = {
  input: z.strictObject({
    /** The generation is the current one; a later one is not touched. */
    ...workspaceRef,
    identity: p.workspaceIdentity,
    snapshotIds: z.array(p.snapshotId).min(1).max(100),
  }),
  /** Those that are gone now. */
  result: z.strictObject({ gone: z.array(p.snapshotId) }),
} as const;

/** Destroys every generation and snapshot. Refuses when the identity differs or a container uses it. Idempotent. */
export const workspaceDestroy = {
  input: z.strictObject({
    installationId: p.installationId,
    workspaceId: p.workspaceId,
    /** Null when none was recorded: then what this installation may have made for it is destroyed. */
    identity: p.workspaceIdentity.nullable(),
  }),
  result: z.strictObject({}),
} as const;

const sessionRef = { installationId: p.installationId, slug: p.slug, generation: p.generation } as const;

/**
 * Starts `mf-session-<slug>` on network `medforge-<exposure>-sessions`, with its SSH port published or, where it is
 * internal, forwarded. Idempotent: an equal running container is success, any other is replaced. Errors: `gpu_busy`, `port_busy`, `stale_generation`,
 * `workspace_not_mounted`, `no_such_gpu`, `no_such_pack`.
 */
export const sessionStart = {
  input: z.strictObject({
    ...sessionRef,
    exposure: p.exposure,
    workspaceId: p.workspaceId,
    datasetGeneration: p.datasetGeneration,
    identity: p.workspaceIdentity,
    gpuUuid: p.gpuUuid,
    sshPort: p.sshPort,
    pack: p.packSlug,
    authorizedKeys: z.array(p.authorizedKey).max(100),
    cpus: z.number().int().min(1).max(1024),
    memoryMiB: z.number().int().min(256).max(16_777_216),
  }),
  result: z.strictObject({
    startedAt: instant,
    /** Of the host and the engine that the container was started under, as `health` tells them. */
    bootId: z.string(),
    engineStartedAt: instant,
  }),
} as const;

export const containerStates = ["running", "exited", "created"] as const;

export const sessionInfo = z.strictObject({
  slug: p.slug,
  generation: p.generation,
  exposure: p.exposure,
  workspaceId: p.workspaceId,
  datasetGeneration: p.datasetGeneration,
  gpuUuid: p.gpuUuid,
  sshPort: p.sshPort,
  state: z.enum(containerStates),
  startedAt: instant.nullable(),
  finishedAt: instant.nullable(),
  exitCode: z.number().int().nullable(),
  oomKilled: z.boolean(),
  /**
   * False when the file system under /workspace is gone for good, such as that of a ZFS daemon that died; one that only
   * keeps silent counts as alive. Null when the container does not run.
   */
  workspaceAlive: z.boolean().nullable(),
});

/** Stops and removes container, forward and keys, snapshotting in between when an id is given. Already gone is success. */
export const sessionStop = {
  input: z.strictObject({
    ...sessionRef,
    /** Taken after the container has exited and before it is removed; null takes none. */
    snapshotId: p.snapshotId.nullable(),
    /** Which workspace to snapshot, as the caller knows it; null leaves it to the container's labels. */
    workspace: z.strictObject({ ...workspaceRef, identity: p.workspaceIdentity }).nullable(),
    graceSeconds: z.number().int().min(0).max(300),
  }),
  result: z.strictObject({
    snapshot: snapshotInfo.nullable(),
    /** Why the asked-for snapshot was not taken; never keeps the GPU from being freed. */
    snapshotError: z.string().nullable(),
  }),
} as const;

export const sessionInspect = {
  input: z.strictObject({ installationId: p.installationId, slug: p.slug }),
  /** Null when no such container exists. `logTail` holds the last lines of sshd's log, for a failed start. */
  result: z.strictObject({ session: sessionInfo.nullable(), logTail: z.string() }),
} as const;

/** Every session container of this installation, running or not. */
export const sessionList = {
  input: z.strictObject({ installationId: p.installationId }),
  result: z.strictObject({ sessions: z.array(sessionInfo) }),
} as const;

/**
 * What the kernel has counted for each running container of this installation, in one answer. CPU and network only grow
 * for as long as a container lives; one that is new begins at nothing.
 */
export const sessionsStats = {
  input: z.strictObject({ installationId: p.installationId }),
  result: z.strictObject({
    /** The host's clock that nobody sets, in ms since its boot: rates are taken over it. */
    monotonicMs: z.number().int().nonnegative(),
    sessions: z.array(
      z.strictObject({
        slug: p.slug,
        /** Of the claim that started the container. */
        generation: p.generation,
        /** Of all its CPUs together. Nanoseconds would leave the exact integers within days on a large host. */
        cpuMicroseconds: z.number().int().nonnegative(),
        /** Without what the kernel gives back when it is needed, as file contents that nobody reads any more. */
        memoryBytes: bytes,
        /** Null when nothing bounds it. */
        memoryLimitBytes: bytes.nullable(),
        receivedBytes: bytes,
        sentBytes: bytes,
        pids: z.number().int().nonnegative(),
        /** Null when ZFS did not tell. */
        disk: z.strictObject({ usedBytes: bytes, quotaBytes: bytes }).nullable(),
        /** Differs once the log has grown; null when the engine keeps none in a file. */
        logMark: z.string().max(64).nullable(),
      }),
    ),
  }),
} as const;

/** Most of a log that is told, in bytes of UTF-8. */
export const maxLogBytes = 64 * 1024;

/** The end of a container's log, running or not: whole lines, with everything that is not plain text escaped. */
export const sessionLogs = {
  input: z.strictObject({
    installationId: p.installationId,
    slug: p.slug,
    maxLines: z.number().int().min(1).max(1000),
  }),
  /** Null when no such container exists. */
  result: z.strictObject({ text: z.string().nullable() }),
} as const;

/** At most this many programs are told of one GPU. */
export const maxGpuProcesses = 64;

/** Programs that compute on the host's GPUs, as its driver lists them. */
export const gpuProcesses = {
  input: z.strictObject({ installationId: p.installationId }),
  result: z.strictObject({
    processes: z.array(
      z.strictObject({
        gpuUuid: p.gpuUuid,
        pid: z.number().int().positive(),
        /** What the process is called by inside its container; null for one in none. */
        innerPid: z.number().int().positive().nullable(),
        name: z.string(),
        /** Null where the driver does not say. */
        memoryMiB: z.number().int().nonnegative().nullable(),
        /** The session it belongs to; null for a program that is of no session of this installation. */
        slug: p.slug.nullable(),
      }),
    ),
  }),
} as const;

/** The agent's own figures in Prometheus' text format. */
export const metrics = {
  input: z.strictObject({}),
  result: z.strictObject({ contentType: z.string(), text: z.string() }),
} as const;

/** Replaces the authorised keys of a running session; takes effect at the next login. */
export const sessionPushKeys = {
  input: z.strictObject({ ...sessionRef, authorizedKeys: z.array(p.authorizedKey).max(100) }),
  result: z.strictObject({}),
} as const;

/** What is tried from inside a session. The model of the sessions has the same words. */
export const probeKinds = [
  "host",
  "metadata",
  "private",
  "engine_dns",
  "dns",
  "internet",
  "ipv6",
  "session",
] as const;

export const probeInfo = z.strictObject({
  /** For the session's owner: address and port, except of other sessions, which it does not name. */
  target: z.string(),
  kind: z.enum(probeKinds),
  /** `reached` is a hope and no demand: a host may be without internet. */
  expectation: z.enum(["refused", "reached"]),
  outcome: z.enum(["refused", "reached"]),
  /** E.g. "no route", "timed out", "connected". */
  how: z.string(),
  ms: z.number().int().nonnegative(),
});

/**
 * Tries from inside a running session's network what it must not reach, and what it may. Takes no target from the
 * caller; changes nothing. Errors: `no_such_session`, `stale_generation` when a later claim started the container.
 */
export const sessionProbe = {
  input: z.strictObject(sessionRef),
  result: z.strictObject({ probes: z.array(probeInfo) }),
} as const;

/** The agent's whole vocabulary. Anything else is refused. */
export const verbs = {
  health: health,
  inventory: inventory,
  usage: usage,
  "workspace.ensure": workspaceEnsure,
  "workspace.snapshot": workspaceSnapshot,
  "workspace.list": workspaceList,
  "workspace.restore": workspaceRestore,
  "workspace.usage": workspaceUsage,
  "workspace.prune": workspacePrune,
  "workspace.destroy": workspaceDestroy,
  "session.start": sessionStart,
  "session.stop": sessionStop,
  "session.inspect": sessionInspect,
  "session.list": sessionList,
  "session.pushKeys": sessionPushKeys,
  "session.probe": sessionProbe,
  "sessions.stats": sessionsStats,
  "session.logs": sessionLogs,
  "gpu.processes": gpuProcesses,
  metrics: metrics,
} as const;

export type VerbName = keyof typeof verbs;
export type VerbInput<Name extends VerbName> = z.input<(typeof verbs)[Name]["input"]>;
export type VerbResult<Name extends VerbName> = z.output<(typeof verbs)[Name]["result"]>;

export const agentErrorCodes = [
  "invalid_input",
  "unknown_verb",
  "stale_generation",
  "gpu_busy",
  "port_busy",
  "no_such_gpu",
  "no_such_pack",
  "no_such_workspace",
  "no_such_snapshot",
  "no_such_session",
  "identity_mismatch",
  "workspace_not_mounted",
  "workspace_in_use",
  "no_space",
  "engine_unavailable",
  "storage_unavailable",
  "failed",
] as const;

export type AgentErrorCode = (typeof agentErrorCodes)[number];

/** Body of an answer that is not 2xx. `message` says what failed, which thing, and is fit for a timeline. */
export const agentErrorBody = z.strictObject({ code: z.enum(agentErrorCodes), message: z.string() });

/** Thrown inside the agent and by its client alike. */
export class AgentError extends Error {
  override readonly name = "AgentError";
  constructor(
    readonly code: AgentErrorCode | "unreachable",
    message: string,
    options?: { cause?: unknown },
  ) {
    super(message, options);
  }
}
