import type { DbOrTx, Tx } from "@/db/client";
import type { sessions } from "@/db/schema";
import type { NoticeContent } from "@/lib/notices/model";
import { notify, toldKeys, withdraw } from "@/lib/notices/notify";
import { type Ends, endOf } from "./rules";

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

/** The end of the hours in which a session may run, as its owner is told of it. */
export interface HourEnd {
  readonly session: EndingSession;
  readonly endsAt: Date;
  /** Minutes before it at which it is told; names it together with the end. */
  readonly mark: number;
  /** Minutes that are left. */
  readonly left: number;
}

/** The hour behind those: who has it, and how it is had where nobody does. */
type NextHour = Required<Extract<NoticeContent, { kind: typeof hourEnding }>>["next"];

const hourEndKey = ({ session: { slug }, endsAt, mark }: HourEnd): string =>
  `${hourEnding}:${slug}:${endsAt.toISOString()}:${mark}`;

/**
 * Tells its owner that the hours end in which it may run, once for each such time and mark.
 * @returns whether they were told now
 */
export function tellHourEnd(tx: Tx, end: HourEnd, next: NextHour): Promise<boolean> {
  const { userId, slug, exposure } = end.session;
  const stopsAt = end.endsAt.toISOString();
  const told = { kind: hourEnding, slug, exposure, stopsAt, minutes: end.left, next } as const;
  return notify(tx, userId, told, hourEndKey(end));
}

/** Which of these were told already. */
export async function hourEndsTold(db: DbOrTx, ends: readonly HourEnd[]): Promise<(end: HourEnd) => boolean> {
  const told = await toldKeys(
    db,
    ends.map(({ session }) => session.userId),
    ends.map(hourEndKey),
  );
  return (end) => told.has(hourEndKey(end));
}

/** Those hours end at another time: what was told of them is no longer so. */
export function withdrawHourEnd(tx: Tx, { userId, slug }: EndingSession): Promise<void> {
  return withdraw(tx, userId, `${hourEnding}:${slug}`);
}

/** Its end was moved: no notice goes on naming the old time. */
export async function withdrawEnd(tx: Tx, { userId, slug }: EndingSession): Promise<void> {
  for (const kind of endKinds) await withdraw(tx, userId, keyOf(kind, slug));
}

/**
 * Of what may end a session the sooner alone is told: another end's notice is taken back, and the week's GPU-hours are told
 * where they are the sooner. That of a time limit, or of hours held of its GPU, their own loops tell when it is near.
 * @param session as it is written now
 */
export async function tellEndAnew(tx: Tx, session: EndingSession & Ends): Promise<void> {
  await withdrawEnd(tx, session);
  const { stopsAt, endsBy } = endOf(session);
  if (endsBy === "gpu_hours" && stopsAt !== null) await tellEnd(tx, session, "session_hours_ending", stopsAt);
}

/** What may end a session was written anew: tells so where another end is the sooner now. */
export async function tellSoonerEnd(tx: Tx, before: Ends, after: EndingSession & Ends): Promise<void> {
  if (endOf(before).endsBy !== endOf(after).endsBy) await tellEndAnew(tx, after);
}
