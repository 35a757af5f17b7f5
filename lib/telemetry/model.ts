import { z } from "zod";
import { sessionRef } from "@/lib/sessions/model";

const instant = z.iso.datetime();

export const samplesInput = sessionRef.extend({
  /** Only what came after it. */
  since: instant.optional(),
});

const series = z.array(z.number().nullable());

/** Samples as columns of equal length, oldest first; null where nothing is known. Times missing from `at` are gaps. */
export const samplesView = z.strictObject({
  stepSeconds: z.number().int(),
  /** What the session may use; null where nothing bounds it or nothing was measured yet. */
  limits: z.strictObject({
    cpus: z.number(),
    memoryBytes: z.number().nullable(),
    diskBytes: z.number().nullable(),
    gpuMemoryMiB: z.number(),
  }),
  at: z.array(instant),
  /** CPUs kept busy, e.g. 1.5. */
  cpus: series,
  memoryBytes: series,
  diskBytes: series,
  receivedBytesPerSecond: series,
  sentBytesPerSecond: series,
  processes: series,
  /** Percent of the time in which a kernel ran. */
  gpuPercent: series,
  gpuMemoryMiB: series,
  gpuCelsius: series,
  gpuWatts: series,
});
export type SamplesView = z.output<typeof samplesView>;

/** The end of the log of the session's container, i.e. of its sshd. Null before anything was seen of it. */
export const logView = z.strictObject({ text: z.string().nullable(), changedAt: instant.nullable() });
export type LogView = z.output<typeof logView>;

/** Who computes on the session's GPU. Null `sampledAt`: not looked at yet, or the session holds none any more. */
export const processesView = z.strictObject({
  sampledAt: instant.nullable(),
  /** The session's own, by the number they have inside it. */
  own: z.array(
    z.strictObject({ pid: z.number().int(), name: z.string(), memoryMiB: z.number().int().nullable() }),
  ),
  /** Programs of others on the same GPU: what they are is for admins. `memoryMiB` is of those whose use is known. */
  foreign: z.strictObject({ count: z.number().int(), memoryMiB: z.number().int() }),
});
export type ProcessesView = z.output<typeof processesView>;
