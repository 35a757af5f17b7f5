import { and, asc, eq, inArray } from "drizzle-orm";
import { dbNow } from "@/db/clock";
import { gpus, monitorTokens } from "@/db/schema";
import type { Monitor } from "@/lib/auth/model";
import type { RequestContext } from "@/lib/auth/procedure";
import { countAttempt } from "@/lib/auth/throttle";
import { AppError } from "@/lib/kernel/errors";
import type { GpuStatusInput, GpuStatusView } from "../model";
import { recordLooks } from "../record";
import { mostSkewMs, reportsPerMonitor } from "../tunables";

type Context = Pick<RequestContext, "db">;

function invalid(field: string, message: string): AppError {
  return new AppError("invalid", message, { fields: { [field]: message } });
}

/**
 * Counts what a monitor has seen on its host's GPUs, in the hour that runs by the database's clock. The lab's audit has who
 * made and revoked a monitor; its reports, some a minute, are told by the token's last use.
 * @throws AppError `too_many`; `invalid` for a clock that is far off, and for a GPU that the host never had; `unavailable`
 *   before the lab's weeks are laid out
 */
export async function reportStatus(
  { db }: Context,
  monitor: Monitor,
  { timestamp, usage }: GpuStatusInput,
): Promise<GpuStatusView> {
  await countAttempt(db, { kind: "monitor-token", subject: monitor.publicId }, reportsPerMonitor);
  const [clock] = await db
    .select({ now: dbNow })
    .from(monitorTokens)
    .where(eq(monitorTokens.id, monitor.tokenId));
  // Revoked since it was looked up.
  if (!clock) throw new AppError("unauthenticated", "This monitor was revoked.");
  const skewMs = clock.now.getTime() - Date.parse(timestamp);
  if (Math.abs(skewMs) > mostSkewMs) throw invalid("timestamp", skewText(clock.now, skewMs));
  const looks = await looksOf({ db }, monitor, usage);
  const at = await recordLooks(db, looks);
  if (at === null) {
    throw new AppError(
      "unavailable",
      "The hours of this lab are not laid out yet: its worker does that as it starts.",
    );
  }
  await db
    .update(monitorTokens)
    .set({ lastUsedAt: dbNow, skewMs })
    .where(eq(monitorTokens.id, monitor.tokenId));
  return {
    recordedAt: at.toISOString(),
    skewSeconds: skewMs / 1_000,
    gpus: looks.length,
  };
}

function skewText(now: Date, skewMs: number): string {
  const apart = Math.round(Math.abs(skewMs) / 1_000);
  return `${apart} s ${skewMs > 0 ? "behind" : "ahead of"} the lab's clock, which says ${now.toISOString()}: at most ${mostSkewMs / 1_000} s count as now. Set the host's clock, and send what was seen at once.`;
}

/** Of a number that was another GPU's before, the one that is there now is meant. */
async function looksOf({ db }: Context, { nodeId }: Monitor, usage: GpuStatusInput["usage"]) {
  const numbers = Object.keys(usage).map(Number);
  const rows = await db
    .select({ id: gpus.id, index: gpus.deviceIndex })
    .from(gpus)
    .where(and(eq(gpus.nodeId, nodeId), inArray(gpus.deviceIndex, numbers)))
    .orderBy(asc(gpus.present), asc(gpus.id));
  const idOf = new Map(rows.map(({ id, index }) => [index, id]));
  return Object.entries(usage).map(([number, people]) => {
    const gpuId = idOf.get(Number(number));
    if (gpuId === undefined) throw invalid(`usage.${number}`, `This monitor's host has no GPU ${number}.`);
    return { gpuId, people };
  });
}
