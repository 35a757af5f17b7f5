import { z } from "zod";
import { gpuId } from "@/lib/fleet/model";
import { pageInput } from "@/lib/kernel/envelope";
import { slotInput } from "@/lib/schedule/model";
import { exposures } from "@/lib/workspaces/model";
import { launchChoice, oneWorkspace, sessionSlug } from "./model";

/** `LAPSED`: when the hour came it was no longer its owner's, or they had a session on the GPU already. */
export const plannedStates = ["PLANNED", "STARTED", "FAILED", "LAPSED"] as const;

export const plannedLaunch = z.strictObject(launchChoice);
export type PlannedLaunch = z.output<typeof plannedLaunch>;

export const planStartInput = z.strictObject({ ...slotInput.shape, ...launchChoice }).refine(...oneWorkspace);
export type PlanStartInput = z.output<typeof planStartInput>;

export const plannedStartRef = slotInput;
export type PlannedStartRef = z.output<typeof plannedStartRef>;

export const listPlannedInput = pageInput.extend({ state: z.enum(plannedStates).optional() });
export type ListPlannedInput = z.output<typeof listPlannedInput>;

const instant = z.iso.datetime();

export const plannedStartView = z.strictObject({
  gpu: z.strictObject({ id: gpuId, index: z.number().int(), node: z.string(), model: z.string() }),
  slot: instant,
  exposure: z.enum(exposures),
  state: z.enum(plannedStates),
  /** When the hours end that its owner has of the GPU from then on; null while the hour is not theirs: it rests. */
  heldUntil: instant.nullable(),
  launch: plannedLaunch,
  /** What is in the way, or why nothing came of it. */
  reason: z.string().nullable(),
  /** The session that was started. */
  session: sessionSlug.nullable(),
  endedAt: instant.nullable(),
});
export type PlannedStartView = z.output<typeof plannedStartView>;
