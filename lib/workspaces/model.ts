import { z } from "zod";
import { noControlCharacters } from "@/lib/kernel/id-patterns";
import { publicId } from "@/lib/kernel/id-schemas";

/** External sessions reach the internet, internal ones nothing; immutable for a workspace, so data can't change sides. */
export const exposures = ["external", "internal"] as const;
export type Exposure = (typeof exposures)[number];

export const snapshotReasons = ["manual", "stop", "pre_restore", "recovery"] as const;
export type SnapshotReason = (typeof snapshotReasons)[number];

export const operationKinds = ["snapshot", "restore", "delete", "delete_snapshot"] as const;
export type OperationKind = (typeof operationKinds)[number];
export const operationStates = ["QUEUED", "RUNNING", "SUCCEEDED", "FAILED"] as const;
export type OperationState = (typeof operationStates)[number];
export const activeOperationStates = ["QUEUED", "RUNNING"] as const satisfies readonly OperationState[];

export const defaultQuotaGb = 50;

export const workspaceId = publicId("wsp");
export const snapshotId = publicId("snp");
export const operationId = publicId("opn");
export const workspaceName = z
  .string()
  .trim()
  .min(1, "Give it a name.")
  .max(40, "At most 40 characters.")
  .regex(
    /^[A-Za-z0-9][A-Za-z0-9 ._-]*$/,
    "Start with a letter or digit; use letters, digits, space, . _ and -.",
  );
export const quotaGb = z.number().int().min(1, "At least 1 GB.").max(2_000, "At most 2000 GB.");

export const createWorkspaceInput = z.strictObject({ name: workspaceName, quotaGb: quotaGb.optional() });
export const workspaceRef = z.strictObject({ id: workspaceId });
export const createSnapshotInput = z.strictObject({
  id: workspaceId,
  name: z
    .string()
    .trim()
    .min(1)
    .max(64)
    .regex(noControlCharacters, "Leave out control characters.")
    .optional(),
});
/** One snapshot of a workspace: to restore, or to delete. */
export const snapshotRef = z.strictObject({ id: workspaceId, snapshotId });
export const operationRef = z.strictObject({ id: operationId });

const instant = z.iso.datetime();

export const workspaceView = z.strictObject({
  id: workspaceId,
  name: z.string(),
  exposure: z.enum(exposures),
  quotaGb: z.number().int(),
  /** As last measured by the worker; null before the first session. */
  usedBytes: z.number().int().nullable(),
  snapshotBytes: z.number().int().nullable(),
  /** All its data and snapshots, and what they may hold together; null before they were measured. */
  totalBytes: z.number().int().nullable(),
  spaceBytes: z.number().int().nullable(),
  /** The session that holds it now. */
  activeSession: z.string().nullable(),
  /** The snapshot, restore or delete that is under way. */
  activeOperation: operationId.nullable(),
  snapshotCount: z.number().int(),
  createdAt: instant,
  lastUsedAt: instant.nullable(),
});
export type WorkspaceView = z.output<typeof workspaceView>;

export const snapshotView = z.strictObject({
  id: snapshotId,
  name: z.string().nullable(),
  reason: z.enum(snapshotReasons),
  /** Which incarnation of the data; the workspace's current one has `current` true. */
  generation: z.number().int(),
  current: z.boolean(),
  usedBytes: z.number().int(),
  referencedBytes: z.number().int(),
  createdAt: instant,
});
export type SnapshotView = z.output<typeof snapshotView>;

export const operationView = z.strictObject({
  id: operationId,
  kind: z.enum(operationKinds),
  state: z.enum(operationStates),
  workspaceId,
  snapshotId: snapshotId.nullable(),
  /** What it waits for just now, e.g. "The GPU host does not answer". */
  condition: z.string().nullable(),
  error: z.string().nullable(),
  createdAt: instant,
  finishedAt: instant.nullable(),
});
export type OperationView = z.output<typeof operationView>;
