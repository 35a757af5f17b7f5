import { and, asc, eq, gt, isNotNull, notInArray, or } from "drizzle-orm";
import type { Db, Tx } from "@/db/client";
import { dbNow } from "@/db/clock";
import { gpus, slots, users, weeks } from "@/db/schema";
import { inTransaction } from "@/db/tx";
import { recordAudit, systemAuditor } from "@/lib/audit/record";
import { readLabSettings } from "@/lib/auth/lab-settings";
import { newPublicId } from "@/lib/kernel/ids";
import { micros, microsOf, textOf } from "@/lib/kernel/money";
import { notifyAgain } from "@/lib/notices/notify";
import { givingUp } from "../commands/bid";
import { type Changed, changedStretches, changeWhatCan } from "../commands/change";
import { releasing } from "../commands/own";
import { lockHours } from "../lock";
import { restingUsers } from "./winners";

/** Slots that somebody gives up in one transaction. */
const batch = 500;

/** What a disabled person would only keep from others: what they lead, and hours that are theirs and have not begun. */
const givenUp = or(
  and(eq(slots.state, "leading"), eq(weeks.status, "open"), gt(weeks.closesAt, dbNow)),
  and(eq(slots.state, "sold"), gt(slots.startsAt, dbNow)),
);

/** People whose accounts are disabled and who have hours to give up. Whose credits can't move are seen to once they can. */
export async function disabledHolders(db: Db): Promise<number[]> {
  const resting = await restingUsers(db);
  const rows = await db
    .selectDistinct({ id: users.id })
    .from(users)
    .innerJoin(slots, eq(slots.userId, users.id))
    .innerJoin(weeks, eq(weeks.key, slots.week))
    .where(
      and(
        isNotNull(users.disabledAt),
        givenUp,
        resting.length > 0 ? notInArray(users.id, resting) : undefined,
      ),
    );
  return rows.map(({ id }) => id);
}

/**
 * Gives up what a disabled person leads, and gives back their hours to come as they would themselves, some at a time. An
 * account that was enabled meanwhile keeps what is left.
 * @returns how many slots were given up now; there may be more
 */
export function giveUpHours(db: Db, userId: number): Promise<number> {
  return inTransaction(db, async (tx) => {
    const [user] = await tx
      .select({ publicId: users.publicId, disabledAt: users.disabledAt })
      .from(users)
      .where(eq(users.id, userId))
      .for("update");
    if (!user?.disabledAt) return 0;
    const theirs = await tx
      .select({ gpuId: gpus.publicId, startsAt: slots.startsAt })
      .from(slots)
      .innerJoin(weeks, eq(weeks.key, slots.week))
      .innerJoin(gpus, eq(gpus.id, slots.gpuId))
      .where(and(eq(slots.userId, userId), givenUp))
      .orderBy(asc(slots.gpuId), asc(slots.startsAt))
      .limit(batch);
    if (theirs.length === 0) return 0;
    const wanted = theirs.map(({ gpuId, startsAt }) => ({ gpuId, slot: startsAt.toISOString() }));
    const locked = await lockHours(tx, wanted, true);
    const refund = microsOf((await readLabSettings(tx)).releaseRefund);
    const led = await changeWhatCan(tx, userId, locked, givingUp);
    const held = await changeWhatCan(tx, userId, locked, releasing(refund));
    const back = micros(refund * BigInt(held.length));
    if (led.length + held.length > 0)
      await tell(tx, { id: userId, publicId: user.publicId }, led, held, textOf(back));
    return led.length + held.length;
  });
}

/** @param refund for the hours that were theirs, decimal */
async function tell(
  tx: Tx,
  { id, publicId }: { readonly id: number; readonly publicId: string },
  led: readonly Changed[],
  held: readonly Changed[],
  refund: string,
): Promise<void> {
  const [ofLed, ofHeld] = [changedStretches(led), changedStretches(held)];
  const unlisted = ofLed.unlisted + ofHeld.unlisted;
  const detail = { led: ofLed.hours, held: ofHeld.hours, ...(unlisted > 0 && { unlisted }), refund };
  await recordAudit(tx, systemAuditor, { action: givingUp.action, resource: publicId, detail });
  const about = "hours_given_up";
  await notifyAgain(tx, id, { about, key: `${about}:${newPublicId("evt")}` }, (unread) => {
    const before = unread?.kind === about ? unread : { led: 0, held: 0, refund: "0" };
    const sum = micros(microsOf(before.refund) + microsOf(refund));
    return {
      kind: about,
      led: before.led + led.length,
      held: before.held + held.length,
      refund: textOf(sum),
    };
  });
}
