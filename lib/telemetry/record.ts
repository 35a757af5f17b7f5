import { createHash } from "node:crypto";
import { and, eq, inArray, lt, sql } from "drizzle-orm";
import type { Db } from "@/db/client";
import { dbNow, dbNowPlus } from "@/db/clock";
import { gpus, sessionLogs, sessionSamples, sessions } from "@/db/schema";
import type { GpuUsage } from "@/lib/fleet/model";
import { sampleSeconds, samplesKeptMs } from "./rules";

export interface SampledSession {
  readonly id: number;
  readonly slug: string;
  /** The latest sample of its GPU. */
  readonly gpu: GpuUsage | null;
}

/** The sessions that run on a node, to be sampled. */
export function sampledSessions(db: Db, nodeId: number): Promise<SampledSession[]> {
  return db
    .select({ id: sessions.id, slug: sessions.slug, gpu: gpus.usage })
    .from(sessions)
    .innerJoin(gpus, eq(gpus.id, sessions.gpuId))
    .where(and(eq(sessions.activeNodeId, nodeId), eq(sessions.state, "RUNNING")));
}

/** The ten seconds that are now: the nearest, since samples are taken at full ten seconds or a little after. */
const slotNow = sql`from_unixtime(round(unix_timestamp(utc_timestamp(3)) / ${sampleSeconds}) * ${sampleSeconds})`;

export type NewSample = Omit<typeof sessionSamples.$inferInsert, "at">;

/** Stores one sample of each session for the present ten seconds; where there is one already, that stays. */
export async function recordSamples(db: Db, samples: readonly NewSample[]): Promise<void> {
  if (samples.length === 0) return;
  await db
    .insert(sessionSamples)
    .ignore()
    .values(samples.map((sample) => ({ ...sample, at: slotNow })));
}

export async function sweepSamples(db: Db): Promise<void> {
  await db.delete(sessionSamples).where(lt(sessionSamples.at, dbNowPlus(-samplesKeptMs)));
}

/** Logs that one statement removes at most, so that no lock is held for long. */
const logsAtOnce = 200;

/** Removes the logs of sessions that ended longer than `keptMs` ago. */
export async function sweepLogs(db: Db, keptMs: number): Promise<void> {
  for (;;) {
    // Looked up first: a delete that joins would lock the sessions' rows, too. One that has ended never comes back.
    const old = await db
      .select({ id: sessionLogs.sessionId })
      .from(sessionLogs)
      .innerJoin(sessions, eq(sessions.id, sessionLogs.sessionId))
      .where(lt(sessions.endedAt, dbNowPlus(-keptMs)))
      .limit(logsAtOnce);
    if (old.length === 0) return;
    const ids = old.map(({ id }) => id);
    await db.delete(sessionLogs).where(inArray(sessionLogs.sessionId, ids));
  }
}

/** Keeps the end of a session's log; writes nothing when it is what was kept. @returns whether it changed */
export async function recordLog(db: Db, sessionId: number, text: string): Promise<boolean> {
  const digest = createHash("sha256").update(text).digest("hex");
  const [kept] = await db
    .select({ digest: sessionLogs.digest })
    .from(sessionLogs)
    .where(eq(sessionLogs.sessionId, sessionId));
  if (kept?.digest === digest) return false;
  const now = { text, digest, changedAt: dbNow };
  await db
    .insert(sessionLogs)
    .values({ sessionId, ...now })
    .onDuplicateKeyUpdate({ set: now });
  return true;
}
