import { z } from "zod";
import { limits, longestDurationMinutes } from "@/lib/auth/model";
import { gpuId } from "@/lib/fleet/model";
import { pageInput } from "@/lib/kernel/envelope";
import { publicId, slug } from "@/lib/kernel/id-schemas";
import { exposures, workspaceId, workspaceName } from "@/lib/workspaces/model";

export const sessionStates = ["STARTING", "RUNNING", "STOPPING", "STOPPED", "ERROR"] as const;
export type SessionState = (typeof sessionStates)[number];
/** In these a session holds its GPU, its port and its workspace. The schema's generated columns say the same. */
export const activeSessionStates = [
  "STARTING",
  "RUNNING",
  "STOPPING",
] as const satisfies readonly SessionState[];

export const sshPorts = { first: 10_000, last: 10_999 } as const;
/** The login name inside every session image. */
export const sshUser = "mf";

/** Why a session left RUNNING, or never got there. */
export const stopReasons = [
  "user",
  "admin",
  "time_limit",
  "gpu_hours",
  "hour_ended",
  "start_failed",
  "exited",
  "shutdown",
] as const;
export type StopReason = (typeof stopReasons)[number];

/** The timeline's vocabulary; `detail` on the event gives the concrete sentence. */
export const sessionEventKinds = [
  "requested",
  "workspace_ready",
  "port_moved",
  "container_started",
  "running",
  "restarting",
  "stop_requested",
  "snapshot_taken",
  "snapshot_failed",
  "snapshots_pruned",
  "keys_updated",
  "isolation_broken",
  "isolation_restored",
  "extended",
  "hours_ending",
  "hours_changed",
  "hour_ending",
  "stopped",
  "failed",
  "waiting",
] as const;
export type SessionEventKind = (typeof sessionEventKinds)[number];

/** What is tried from inside a session; the agent's protocol has the same words. */
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
export type ProbeKind = (typeof probeKinds)[number];

/** Why a session's reach was tried: it had started, an hour had passed, or the firewall was found changed. */
export const probeCauses = ["started", "hourly", "firewall"] as const;
export type ProbeCause = (typeof probeCauses)[number];

export const sessionSlug = slug;
export const maxTtlMinutes = longestDurationMinutes;

export const launchInput = z
  .strictObject({
    packId: publicId("pck").optional(),
    workspaceId: workspaceId.optional(),
    /** Takes the workspace of that name, or makes it. */
    workspaceName: workspaceName.optional(),
    gpuId: gpuId.optional(),
    gpuModel: z.string().trim().min(1).max(100).optional(),
    /** A time limit from the moment the session runs. */
    ttlMinutes: z.number().int().min(1).max(maxTtlMinutes).optional(),
  })
  .refine((input) => !(input.workspaceId && input.workspaceName), {
    path: ["workspaceName"],
    message: "Give workspaceId or workspaceName, not both.",
  })
  .refine((input) => !(input.gpuId && input.gpuModel), {
    path: ["gpuModel"],
    message: "Give gpuId or gpuModel, not both.",
  });
export type LaunchInput = z.output<typeof launchInput>;

export const sessionFilter = z.strictObject({
  /** Only those that hold a GPU now. */
  active: z.stringbool().or(z.boolean()).default(false),
});
export const listSessionsInput = pageInput.extend(sessionFilter.shape);
export type ListSessionsInput = z.output<typeof listSessionsInput>;

export const sessionRef = z.strictObject({ slug: sessionSlug });

export const extendInput = z.strictObject({
  slug: sessionSlug,
  /**
   * The whole time limit that it shall have, so that asking again extends no further; `max` takes all that its owner's
   * limits leave.
   */
  ttlMinutes: z.number().int().min(1).max(maxTtlMinutes).or(z.literal("max")),
});
export type ExtendInput = z.output<typeof extendInput>;

const instant = z.iso.datetime();

/** One attempt from inside a session's network. */
export const probeView = z.strictObject({
  target: z.string(),
  kind: z.enum(probeKinds),
  /** What should come of it. "reached" is a hope: a host may be without internet. */
  expectation: z.enum(["refused", "reached"]),
  outcome: z.enum(["refused", "reached"]),
  /** E.g. "no route", "timed out", "connected". */
  how: z.string(),
  ms: z.number().int(),
});
export type ProbeView = z.output<typeof probeView>;

const probeSummary = {
  at: instant,
  /** Nothing was reached that must not be. */
  ok: z.boolean(),
  /** Of what must be refused, how much was. */
  refused: z.number().int(),
  /** What was reached, whether it may be or not. */
  reached: z.number().int(),
};

/** Everything that was tried at one time. */
export const probeRunView = z.strictObject({
  ...probeSummary,
  id: z.number().int(),
  cause: z.enum(probeCauses),
  probes: z.array(probeView),
});
export type ProbeRunView = z.output<typeof probeRunView>;

/** What keeps a session from being extended further, or at all. */
export const extensionBounds = [
  "duration",
  "gpu_hours",
  "held_hours",
  "longest",
  "no_time_limit",
  "not_granted",
  "ended",
] as const;
export type ExtensionBound = (typeof extensionBounds)[number];

/** How far a session may be extended now. */
export const extensionView = z.strictObject({
  /** The time limit that it has; null without one. */
  ttlMinutes: z.number().int().nullable(),
  /** 0: not at all. */
  minutes: z.number().int(),
  /** When it would end; null while it starts, and without a time limit. */
  until: instant.nullable(),
  /**
   * The owner's longest session, the week's GPU-hours, the hours that the owner holds of the GPU, the longest that
   * anything may run; or that there is no time limit to move, the owner's grant for what is internal was withdrawn, or no
   * session goes on.
   */
  boundBy: z.enum(extensionBounds),
});
export type ExtensionView = z.output<typeof extensionView>;

/** What somebody has of what they may have; a limit of null is none. */
export const limitsView = z.strictObject({
  sessions: z.strictObject({ used: z.number().int(), limit: limits.maxSessions }),
  gpuHours: z.strictObject({
    /** This week's, to the second. */
    used: z.number(),
    limit: limits.maxGpuHoursPerWeek,
    weekStartsAt: instant,
    /** When the count begins anew. */
    weekEndsAt: instant,
  }),
  /** Quotas of the workspaces, in GB. */
  disk: z.strictObject({ used: z.number().int(), limit: limits.maxDiskGb }),
  maxDurationMinutes: limits.maxDurationMinutes,
});
export type LimitsView = z.output<typeof limitsView>;

export const sessionView = z.strictObject({
  slug: sessionSlug,
  state: z.enum(sessionStates),
  exposure: z.enum(exposures),
  owner: z.string(),
  pack: z.strictObject({ id: z.string(), name: z.string() }),
  gpu: z.strictObject({
    id: gpuId,
    uuid: z.string(),
    index: z.number().int(),
    node: z.string(),
    model: z.string(),
    simulated: z.boolean(),
  }),
  workspace: z.strictObject({
    id: workspaceId,
    name: z.string(),
    quotaGb: z.number().int(),
    /** As last measured; null before the first time. */
    usedBytes: z.number().int().nullable(),
  }),
  ssh: z.strictObject({
    host: z.string(),
    port: z.number().int(),
    user: z.string(),
    /** Ready to paste; carries HostKeyAlias, so a reused port never alarms. */
    command: z.string(),
    /** A `Host` block for ~/.ssh/config. */
    config: z.string(),
    /** `alias ssh-ed25519 …` for known_hosts; null until the workspace has its key. */
    knownHosts: z.string().nullable(),
  }),
  createdAt: instant,
  runningAt: instant.nullable(),
  /** When the first of what may end it does; null without any. */
  stopsAt: instant.nullable(),
  /** What that is: its time limit, its owner's GPU-hours of the week, or the end of the hours held of a sold GPU. */
  endsBy: z.enum(["time_limit", "gpu_hours", "held_hours"]).nullable(),
  /** When the hours end in which it may run on a GPU whose hours are sold; it goes a minute before. Null where none does. */
  heldUntil: instant.nullable(),
  /** Its owner's GPU-hours of the week end it before its time limit does. */
  endsWithHours: z.boolean(),
  endedAt: instant.nullable(),
  stopReason: z.enum(stopReasons).nullable(),
  /** What keeps it from going on just now, e.g. "The GPU host does not answer". */
  condition: z.string().nullable(),
  /** `hours` where it says nothing but that the week's GPU-hours run out. */
  conditionKind: z.enum(["held_up", "hours"]).nullable(),
  error: z.string().nullable(),
  /** What it could reach when that was last tried; null before it was. Each attempt: `…/probes`. */
  isolation: z.strictObject(probeSummary).nullable(),
});
export type SessionView = z.output<typeof sessionView>;

/** For people's ssh: trusts every workspace's host key, present and future. */
export const sshCaView = z.strictObject({
  /** `@cert-authority mf-* ssh-ed25519 …`, a line per GPU host; null before any has reported. */
  knownHosts: z.string().nullable(),
  /** A `Host` block for ~/.ssh/config. */
  config: z.string(),
});
export type SshCaView = z.output<typeof sshCaView>;

export const sessionEventView = z.strictObject({
  id: z.number().int(),
  kind: z.enum(sessionEventKinds),
  detail: z.string(),
  at: instant,
});
export type SessionEventView = z.output<typeof sessionEventView>;
