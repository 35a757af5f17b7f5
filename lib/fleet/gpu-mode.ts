import { and, asc, eq, gt } from "drizzle-orm";
import type { Tx } from "@/db/client";
import { dbNowPlus } from "@/db/clock";
import { type gpus, slots, users } from "@/db/schema";
import { AppError } from "@/lib/kernel/errors";
import { microsOf, textOf } from "@/lib/kernel/money";
import { hourText } from "@/lib/kernel/zoned-time";
import type { UpdateGpuInput } from "./model";
import { hourMs } from "./rules";

type Gpu = typeof gpus.$inferSelect;

/** More of them would bury what stands beside them. */
const mostNamed = 3;

function howHad(sold: readonly { state: string }[]): string {
  const booked = sold.filter(({ state }) => state === "reserved").length;
  if (booked === sold.length) return "booked";
  return booked === 0 ? "sold or bid on" : "sold, bid on or booked";
}

/**
 * Hours that somebody holds or leads, the one that runs included. Whoever bids or takes one holds the GPU's row meanwhile, so
 * under its lock there are no others.
 */
async function assertNothingSold(tx: Tx, gpu: Gpu, zone: string): Promise<void> {
  const sold = await tx
    .select({ startsAt: slots.startsAt, state: slots.state, username: users.username })
    .from(slots)
    .innerJoin(users, eq(users.id, slots.userId))
    .where(and(eq(slots.gpuId, gpu.id), gt(slots.startsAt, dbNowPlus(-hourMs))))
    .orderBy(asc(slots.startsAt));
  if (sold.length === 0) return;
  const named = sold
    .slice(0, mostNamed)
    .map(({ startsAt, username }) => `${hourText(startsAt, zone)} (${username})`);
  const more = sold.length > mostNamed ? ` and ${sold.length - mostNamed} more` : "";
  throw new AppError(
    "conflict",
    `GPU ${gpu.deviceIndex} has hours that are ${howHad(sold)}: ${named.join(", ")}${more}. Change its mode once they are over or given back.`,
    { conflict: "in_use" },
  );
}

/**
 * The columns by which the GPU's hours are given out from now on, as far as they change.
 * @param gpu its row, locked
 * @param zone of the times in a refusal
 * @throws AppError `conflict` while a change would break hours that people hold or lead
 */
export async function modeChange(
  tx: Tx,
  gpu: Gpu,
  { mode, rate }: Pick<UpdateGpuInput, "mode" | "rate">,
  zone: string,
): Promise<Partial<Pick<Gpu, "mode" | "rate" | "rateCurrency">>> {
  if (mode === undefined) return {};
  if (mode !== gpu.mode) await assertNothingSold(tx, gpu, zone);
  const wanted = { mode, rate: rate ? microsOf(rate.amount) : null, rateCurrency: rate?.currency ?? null };
  const same =
    wanted.mode === gpu.mode && wanted.rate === gpu.rate && wanted.rateCurrency === gpu.rateCurrency;
  return same ? {} : wanted;
}

/** A GPU's mode and rate as they are told: "on-demand", "reservation at 1.5 USD". */
export function modeText({ mode, rate, rateCurrency }: Pick<Gpu, "mode" | "rate" | "rateCurrency">): string {
  return rate === null ? mode : `${mode} at ${textOf(rate)} ${rateCurrency}`;
}
