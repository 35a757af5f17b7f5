import { z } from "zod";

/** File of the faults' measurements in the reports' folder, one JSON object a line. */
export const faultFile = "faults.jsonl";

const trialRecord = z.object({
  kind: z.literal("trial"),
  /** What was done to which part, e.g. "SIGKILL of the worker". */
  fault: z.string(),
  /** At which phase of a session's life, e.g. "start". */
  phase: z.string(),
  /** The moment within the phase, when there are several. */
  moment: z.string().optional(),
  /** What was found right afterwards; the first line of the failure otherwise. */
  state: z.string(),
  passed: z.boolean(),
  /** From the fault, or the end of an outage, until states, host and a login were right; null when they were not. */
  recoverMs: z.number().nullable(),
});
export type TrialRecord = z.output<typeof trialRecord>;

/** A measurement that is more than one figure. */
const noteRecord = z.object({ kind: z.literal("note"), text: z.string() });

export const faultRecord = z.discriminatedUnion("kind", [trialRecord, noteRecord]);
export type FaultRecord = z.output<typeof faultRecord>;
