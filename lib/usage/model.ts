import { z } from "zod";
import { apiTokenView, createApiTokenInput } from "@/lib/auth/model";
import { gpuId, gpuModes } from "@/lib/fleet/model";
import { visibleCharacters } from "@/lib/kernel/id-patterns";
import { publicId } from "@/lib/kernel/id-schemas";
import { weekKey } from "@/lib/schedule/model";

const instant = z.iso.datetime();
const count = z.number().int();
const hours = z.number();

/** More GPUs than any host has, and more people than any of them. */
const mostAtOnce = 64;

const person = z
  .string()
  .trim()
  .min(1, "A name.")
  .max(64, "At most 64 characters.")
  .regex(visibleCharacters, "Leave out characters that can't be seen.");

/** Which people have programs on which GPUs of a host, as a program there has just looked it up. */
export const gpuStatusInput = z.strictObject({
  /** When it looked, by the host's clock. Only compared: the lab's clock says which hour a report counts in. */
  timestamp: z.iso.datetime({ offset: true }),
  /** By the GPU's number on the host: whose programs are on it, the lab's people or not. Nobody's are an empty list. */
  usage: z
    .record(
      z.string().regex(/^(0|[1-9]\d{0,2})$/, "A GPU's number, as the host's driver counts: 0, 1, …"),
      z.array(person).max(mostAtOnce),
    )
    .refine((usage) => Object.keys(usage).length > 0, "Name at least one GPU.")
    .refine((usage) => Object.keys(usage).length <= mostAtOnce, `At most ${mostAtOnce} GPUs.`),
});
export type GpuStatusInput = z.output<typeof gpuStatusInput>;

export const gpuStatusView = z.strictObject({
  /** By the lab's clock: the instant that it counts for. */
  recordedAt: instant,
  /** How far behind the lab's clock the host's is. */
  skewSeconds: z.number(),
  gpus: count,
});
export type GpuStatusView = z.output<typeof gpuStatusView>;

/**
 * What a GPU is doing now. `used`: programs are on it; `idle`: none, though somebody holds the hour or has a session on it;
 * `free`: neither; `off`: nothing new starts on it; `unknown`: nobody has looked just now.
 */
export const liveStates = ["used", "idle", "free", "off", "unknown"] as const;
export type LiveState = (typeof liveStates)[number];

const liveGpu = z.strictObject({
  id: gpuId,
  index: count,
  model: z.string(),
  state: z.enum(liveStates),
  /** Its server; null for whoever is not signed in. */
  node: z.string().nullable(),
  /** Who holds the running hour, or has a session on it. Null where nobody does, and where names are not told. */
  assigned: z.string().nullable(),
  /** Whose programs are on it. Null where names are not told. */
  users: z.array(z.string()).nullable(),
});
export type LiveGpu = z.output<typeof liveGpu>;

export const liveStatusView = z.strictObject({ now: instant, gpus: z.array(liveGpu) });
export type LiveStatusView = z.output<typeof liveStatusView>;

/**
 * What became of an hour: its holder was on it most; held, and nobody was; held, and somebody else was on it most; not held,
 * and somebody was; neither; nobody looked; not over.
 */
export const agreements = [
  "as_held",
  "held_idle",
  "by_another",
  "not_held",
  "free",
  "not_seen",
  "not_over",
] as const;
export type Agreement = (typeof agreements)[number];

export const usageInput = z.strictObject({
  /** The one that runs unless said. */
  week: weekKey.optional(),
});

/** [GPU's place, hour's place, agreement, samples, those with anybody on it, holder's place in `people` or null, actual user's place or null, samples with them]. */
const usageCell = z.tuple([
  count,
  count,
  z.enum(agreements),
  count,
  count,
  count.nullable(),
  count.nullable(),
  count,
]);
export type UsageCell = z.output<typeof usageCell>;

/** Somebody's hours of a week that are over, and what they were on besides. */
export const usageTotal = z.strictObject({
  person: z.string(),
  held: hours,
  /** Of those, the ones in which somebody looked. */
  seen: hours,
  /** Of those again, how long they were on them. */
  used: hours,
  /** Those in which nobody was on it. */
  idle: hours,
  /** Those that others were on most. */
  lost: hours,
  /** Hours that they did not hold and were on most. */
  elsewhere: hours,
});
export type UsageTotal = z.output<typeof usageTotal>;

const usedGpu = z.strictObject({
  id: gpuId,
  index: count,
  node: z.string(),
  model: z.string(),
  mode: z.enum(gpuModes),
});

/** A week of all GPUs: who held each hour, and who was on it. Hours without a cell nobody held, and nobody looked. */
export const usageView = z.strictObject({
  week: weekKey,
  now: instant,
  zone: z.string(),
  hours: z.strictObject({ first: instant, count }),
  gpus: z.array(usedGpu),
  people: z.array(z.string()),
  cells: z.array(usageCell),
  totals: z.array(usageTotal),
});
export type UsageView = z.output<typeof usageView>;

export const monitorId = publicId("mon");

export const createMonitorInput = z.strictObject({
  name: createApiTokenInput.shape.name,
  /** The host whose GPUs it watches. */
  nodeId: publicId("nod"),
});
export type CreateMonitorInput = z.output<typeof createMonitorInput>;

const { name, hint, createdAt, lastUsedAt } = apiTokenView.shape;

export const monitorView = z.strictObject({
  id: monitorId,
  name,
  node: z.string(),
  hint,
  createdAt,
  lastUsedAt,
  /** How far behind the lab's clock the host's was then. */
  skewSeconds: z.number().nullable(),
});
export type MonitorView = z.output<typeof monitorView>;

/** A monitor just made: the one time its token is shown. */
export const createdMonitorView = z.strictObject({ ...monitorView.shape, token: z.string() });
export type CreatedMonitorView = z.output<typeof createdMonitorView>;
