import { and, eq } from "drizzle-orm";
import type { Tx } from "@/db/client";
import { dbNow } from "@/db/clock";
import { gpus, nodes, plannedStarts, slots } from "@/db/schema";
import { inTransaction } from "@/db/tx";
import { recordAudit, recordChange } from "@/lib/audit/record";
import { can } from "@/lib/auth/rules";
import { AppError } from "@/lib/kernel/errors";
import { hourText } from "@/lib/kernel/zoned-time";
import { assertExposure, type CommandContext } from "@/lib/workspaces/commands";
import type { Exposure } from "@/lib/workspaces/model";
import { ownWorkspace } from "@/lib/workspaces/queries";
import { type PlannedStartRef, type PlanStartInput, plannedLaunch } from "../planned-model";
import { withdrawStart } from "../start-notices";
import { assertHasKey, lockUser, timeLimit } from "./admit";
import { findPack } from "./launch";

interface PlannedGpu {
  readonly id: number;
  readonly index: number;
  readonly node: string;
  readonly nodeId: number;
}

async function findGpu(tx: Tx, publicId: string): Promise<PlannedGpu> {
  const [gpu] = await tx
    .select({ id: gpus.id, index: gpus.deviceIndex, node: nodes.name, nodeId: nodes.id })
    .from(gpus)
    .innerJoin(nodes, eq(nodes.id, gpus.nodeId))
    .where(eq(gpus.publicId, publicId));
  if (gpu) return gpu;
  throw new AppError("not_found", `There is no GPU ${publicId}.`);
}

function refused(field: "slot" | "workspaceId", message: string): AppError {
  return new AppError("conflict", message, { fields: { [field]: message } });
}

/**
 * The hour must be to come, and the actor's as things stand: they hold it, or lead it while it is bid on. Their row is
 * locked; whoever outbids them later lets the start rest.
 * @throws AppError `conflict`
 */
async function assertTheirs(
  tx: Tx,
  { actor, settings }: CommandContext,
  gpu: PlannedGpu,
  startsAt: Date,
  now: Date,
): Promise<void> {
  const hour = `GPU ${gpu.index} on ${gpu.node}, ${hourText(startsAt, settings.zone)}`;
  const [slot] = await tx
    .select({ userId: slots.userId })
    .from(slots)
    .where(and(eq(slots.gpuId, gpu.id), eq(slots.startsAt, startsAt)));
  if (slot?.userId !== actor.userId) throw refused("slot", `${hour}: you don't hold it.`);
  if (startsAt <= now) throw refused("slot", `${hour}: it has begun. Launch a session.`);
}

/** What can be known ahead to be in the way, so that nobody hears of it in the middle of the night. */
async function assertLaunchable(
  tx: Tx,
  { actor }: CommandContext,
  exposure: Exposure,
  gpu: PlannedGpu,
  { packId, workspaceId, ttlMinutes }: PlanStartInput,
  longest: number | null,
): Promise<void> {
  await assertHasKey(tx, actor.userId);
  await findPack(tx, packId);
  timeLimit(ttlMinutes, longest);
  if (workspaceId === undefined) return;
  const workspace = await ownWorkspace(tx, actor, exposure, workspaceId);
  if (workspace.nodeId === gpu.nodeId) return;
  throw refused("workspaceId", "That GPU is on another host than the workspace. Choose another.");
}

/**
 * Has a session start by itself when an hour begins that the actor holds. Asked again for the same hour it is launched as
 * was asked last.
 * @throws AppError `not_found` (GPU, environment, workspace), `conflict` (the hour is not theirs or has begun, no key, or
 * one is planned on the other side), `invalid` (longer than allowed), `forbidden`
 */
export async function planStart(
  context: CommandContext,
  exposure: Exposure,
  input: PlanStartInput,
): Promise<void> {
  const { actor, requestId } = context;
  if (!can(actor, "session.launch")) throw new AppError("forbidden", "You may not launch sessions.");
  const { gpuId, slot, ...choice } = input;
  const startsAt = new Date(slot);
  const launch = plannedLaunch.parse(choice);
  await inTransaction(context.db, async (tx) => {
    const user = await lockUser(tx, actor.userId);
    if (user.disabledAt) throw new AppError("forbidden", "This account is disabled.");
    assertExposure({ ...actor, canUseInternal: user.canUseInternal }, exposure);
    const gpu = await findGpu(tx, gpuId);
    await assertTheirs(tx, context, gpu, startsAt, user.now);
    await assertLaunchable(tx, context, exposure, gpu, input, user.maxDurationMinutes);
    const [known] = await tx
      .select({ id: plannedStarts.id, exposure: plannedStarts.exposure })
      .from(plannedStarts)
      .where(theirs(actor.userId, gpu.id, startsAt));
    if (known && known.exposure !== exposure) {
      throw refused("slot", `On the ${known.exposure} side you have one planned for that hour already.`);
    }
    if (known) await tx.update(plannedStarts).set({ launch }).where(eq(plannedStarts.id, known.id));
    else {
      await tx.insert(plannedStarts).values({
        ...{ userId: actor.userId, gpuId: gpu.id, startsAt, dueAt: startsAt },
        ...{ exposure, launch, createdAt: dbNow },
      });
    }
    await recordAudit(
      tx,
      { ...actor, requestId },
      { action: "session.plan", resource: gpuId, detail: { slot: startsAt.toISOString(), ...launch } },
    );
    await recordChange(tx, { userId: actor.userId, topic: "sessions" });
  });
}

const theirs = (userId: number, gpuId: number, startsAt: Date) =>
  and(eq(plannedStarts.userId, userId), eq(plannedStarts.gpuId, gpuId), eq(plannedStarts.startsAt, startsAt));

/**
 * Takes back what was planned for an hour; a session that it started goes on.
 * @throws AppError `not_found` where nothing is planned any more
 */
export async function dropPlannedStart(
  context: CommandContext,
  exposure: Exposure,
  { gpuId, slot }: PlannedStartRef,
): Promise<void> {
  const { actor, requestId } = context;
  await inTransaction(context.db, async (tx) => {
    await lockUser(tx, actor.userId);
    const [row] = await tx
      .select({ id: plannedStarts.id })
      .from(plannedStarts)
      .innerJoin(gpus, eq(gpus.id, plannedStarts.gpuId))
      .where(
        and(
          eq(plannedStarts.userId, actor.userId),
          eq(gpus.publicId, gpuId),
          eq(plannedStarts.startsAt, new Date(slot)),
          eq(plannedStarts.exposure, exposure),
          eq(plannedStarts.state, "PLANNED"),
        ),
      );
    if (!row)
      throw new AppError("not_found", `No session of yours starts by itself on ${gpuId} in that hour.`);
    await tx.delete(plannedStarts).where(eq(plannedStarts.id, row.id));
    await withdrawStart(tx, { userId: actor.userId, gpuId, startsAt: new Date(slot) });
    await recordAudit(
      tx,
      { ...actor, requestId },
      { action: "session.unplan", resource: gpuId, detail: { slot: new Date(slot).toISOString() } },
    );
    await recordChange(tx, { userId: actor.userId, topic: "sessions" });
  });
}
