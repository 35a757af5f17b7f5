import { z } from "zod";
import { noControlCharacters } from "@/lib/kernel/id-patterns";
import { publicId } from "@/lib/kernel/id-schemas";
import { amountInput, amountText } from "@/lib/kernel/money";
import { currencies } from "@/lib/wallet/model";

/** What an operator wants of a GPU; whether it is free follows from the sessions. */
export const gpuStates = ["available", "draining", "disabled"] as const;
export type GpuState = (typeof gpuStates)[number];

/** How its hours are given out: to whoever launches first, to who bids most for each, or at a fixed rate. */
export const gpuModes = ["on-demand", "auction", "reservation"] as const;
export type GpuMode = (typeof gpuModes)[number];

export const gpuId = publicId("gpu");
const instant = z.iso.datetime();

/** The latest sample, as nvidia-smi (or its stand-in) reports it. */
export const gpuUsage = z.strictObject({
  sampledAt: instant,
  utilizationPercent: z.number().nullable(),
  memoryUsedMiB: z.number().nullable(),
  temperatureC: z.number().nullable(),
  powerW: z.number().nullable(),
});
export type GpuUsage = z.output<typeof gpuUsage>;

/** A program on a GPU, as the driver lists it. */
export const gpuProcess = z.strictObject({
  /** By the host's count. */
  pid: z.number().int(),
  /** What it is called by inside its session; null for a program of no session. */
  innerPid: z.number().int().nullable(),
  name: z.string(),
  memoryMiB: z.number().int().nullable(),
  /** The session it belongs to. */
  slug: z.string().nullable(),
});
export const gpuProcessesSample = z.strictObject({ sampledAt: instant, processes: z.array(gpuProcess) });
export type GpuProcess = z.output<typeof gpuProcess>;

/** A program that uses a GPU without being of the session that holds it. */
export const foreignProcessView = z.strictObject({
  ...gpuProcess.shape,
  gpu: z.strictObject({ id: gpuId, index: z.number().int(), node: z.string(), simulated: z.boolean() }),
  /** The session that holds the GPU; null while nobody does. */
  holder: z.strictObject({ username: z.string(), slug: z.string() }).nullable(),
  sampledAt: instant,
});
export type ForeignProcessView = z.output<typeof foreignProcessView>;

export const gpuView = z.strictObject({
  id: gpuId,
  uuid: z.string(),
  index: z.number().int(),
  node: z.string(),
  model: z.string(),
  memoryMiB: z.number().int(),
  simulated: z.boolean(),
  state: z.enum(gpuStates),
  /** Why nothing new starts on it; null while it is available. */
  stateReason: z.string().nullable(),
  mode: z.enum(gpuModes),
  /** What an hour costs, of a GPU that is reserved. */
  rate: z.strictObject({ amount: amountText, currency: z.enum(currencies) }).nullable(),
  /** Whether the node's agent reports it now. */
  present: z.boolean(),
  /** There while its node does not answer: then nobody knows whether and when it comes free. */
  silent: z.literal(true).optional(),
  /** When the hours end that its reader holds of it now; null where they hold none, or it is on demand. */
  heldUntil: instant.nullable(),
  /**
   * Its reader can launch on it: on demand, or in hours that they hold for a minute more at least; available, present, its
   * node reachable, and no active session on it.
   */
  free: z.boolean(),
  /** Who holds it: the user's name, and for its owner or an admin, on the session's surface, its slug; `until` when something ends it. */
  holder: z
    .strictObject({ username: z.string(), slug: z.string().nullable(), until: instant.nullable() })
    .nullable(),
  usage: gpuUsage.nullable(),
});
export type GpuView = z.output<typeof gpuView>;

const reason = z
  .string()
  .trim()
  .min(1, "Say why; people who want to launch read it.")
  .max(200, "At most 200 characters.")
  .regex(noControlCharacters, "Leave out control characters.");

const rate = z.strictObject({
  amount: amountInput.refine((amount) => /[1-9]/.test(amount), "More than 0."),
  currency: z.enum(currencies),
});

/**
 * Takes a GPU out of service, or back into it: what runs on it goes on either way. Or says how its hours are given out
 * from now on.
 */
export const updateGpuInput = z
  .strictObject({
    id: gpuId,
    state: z.enum(gpuStates).optional(),
    reason: reason.optional(),
    mode: z.enum(gpuModes).optional(),
    /** Of an hour; with mode `reservation`, and only with it. */
    rate: rate.optional(),
  })
  .refine(({ state, mode }) => state !== undefined || mode !== undefined, {
    message: "Name a state or a mode.",
  })
  .refine(({ state, reason }) => state === undefined || state === "available" || reason !== undefined, {
    path: ["reason"],
    message: "Say why; people who want to launch read it.",
  })
  .refine(({ state, reason }) => reason === undefined || (state !== undefined && state !== "available"), {
    path: ["reason"],
    message: "A reason goes with a state other than available.",
  })
  .refine(({ mode, rate }) => (mode === "reservation") === (rate !== undefined), {
    path: ["rate"],
    message: "A rate goes with mode reservation, which needs one.",
  });
export type UpdateGpuInput = z.output<typeof updateGpuInput>;

/** One host as the worker last saw it. `condition` is a sentence for the operator, null when all is well. */
export const nodeView = z.strictObject({
  id: publicId("nod"),
  name: z.string(),
  reachable: z.boolean(),
  condition: z.string().nullable(),
  lastSeenAt: instant.nullable(),
  cpus: z.number().int().nullable(),
  memoryBytes: z.number().int().nullable(),
  diskTotalBytes: z.number().int().nullable(),
  diskFreeBytes: z.number().int().nullable(),
});
export type NodeView = z.output<typeof nodeView>;

/** A ready-made environment a session runs in. */
export const packView = z.strictObject({
  id: publicId("pck"),
  slug: z.string(),
  name: z.string(),
  description: z.string(),
  cpus: z.number().int(),
  memoryMiB: z.number().int(),
});
export type PackView = z.output<typeof packView>;
