import type { Tx } from "@/db/client";
import type { sessions } from "@/db/schema";
import { notify, withdraw } from "@/lib/notices/notify";

type EndingSession = Pick<typeof sessions.$inferSelect, "userId" | "slug" | "exposure">;

/** What ends it: its own time limit, or its owner's GPU-hours of the week. */
const endKinds = ["session_ending", "session_hours_ending"] as const;
type EndKind = (typeof endKinds)[number];

const keyOf = (kind: EndKind, slug: string) => `${kind}:${slug}`;

/** Tells its owner when a session stops, once for each such time. */
export async function tellEnd(tx: Tx, session: EndingSession, kind: EndKind, stopsAt: Date): Promise<void> {
  const { userId, slug, exposure } = session;
  const told = { kind, slug, exposure, stopsAt: stopsAt.toISOString() };
  await notify(tx, userId, told, `${keyOf(kind, slug)}:${told.stopsAt}`);
}

const hourEnding = "session_hour_ending";

/**
 * Tells its owner that the hours end in which it may run, once for each such time and mark.
 * @param left minutes
 * @returns whether they were told now
 */
export function tellHourEnd(
  tx: Tx,
  { userId, slug, exposure }: EndingSession,
  endsAt: Date,
  { mark, left }: { readonly mark: number; readonly left: number },
): Promise<boolean> {
  const told = { kind: hourEnding, slug, exposure, stopsAt: endsAt.toISOString(), minutes: left } as const;
  return notify(tx, userId, told, `${hourEnding}:${slug}:${told.stopsAt}:${mark}`);
}

/** Those hours end at another time: what was told of them is no longer so. */
export function withdrawHourEnd(tx: Tx, { userId, slug }: EndingSession): Promise<void> {
  return withdraw(tx, userId, `${hourEnding}:${slug}`);
}

/** Its end was moved: no notice goes on naming the old time. */
export async function withdrawEnd(tx: Tx, { userId, slug }: EndingSession): Promise<void> {
  for (const kind of endKinds) await withdraw(tx, userId, keyOf(kind, slug));
}
