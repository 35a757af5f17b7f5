import { and, asc, eq, gt } from "drizzle-orm";
import type { DbOrTx } from "@/db/client";
import { dbNowPlus } from "@/db/clock";
import { gpus, packs, sessionLogs, sessionSamples, sessions } from "@/db/schema";
import type { Actor } from "@/lib/auth/model";
import { readableSession } from "@/lib/sessions/queries";
import type { Exposure } from "@/lib/workspaces/model";
import type { LogView, ProcessesView, SamplesView } from "./model";
import { lookBackMs, samplesKeptMs, toColumns } from "./rules";

/** One session, as its reader names it. */
export interface SessionAsked {
  readonly actor: Actor;
  readonly exposure: Exposure;
  readonly slug: string;
}

/**
 * What the session used in the last hour, or since a moment within it.
 * @throws AppError `not_found` also when the actor may not see it
 */
export async function listSamples(db: DbOrTx, asked: SessionAsked, since?: Date): Promise<SamplesView> {
  const sessionId = await readableSession(db, asked.actor, asked.exposure, asked.slug);
  const [limits] = await db
    .select({ cpus: packs.cpus, gpuMemoryMiB: gpus.memoryMiB })
    .from(sessions)
    .innerJoin(packs, eq(packs.id, sessions.packId))
    .innerJoin(gpus, eq(gpus.id, sessions.gpuId))
    .where(eq(sessions.id, sessionId));
  const rows = await db
    .select()
    .from(sessionSamples)
    .where(
      and(
        eq(sessionSamples.sessionId, sessionId),
        gt(sessionSamples.at, dbNowPlus(-samplesKeptMs)),
        // A year that the database has no dates for is of no sample.
        since && gt(sessionSamples.at, new Date(Math.max(0, since.getTime() - lookBackMs))),
      ),
    )
    .orderBy(asc(sessionSamples.at));
  return toColumns(rows, { cpus: limits?.cpus ?? 0, gpuMemoryMiB: limits?.gpuMemoryMiB ?? 0 }, since);
}

/** @throws AppError `not_found` also when the actor may not see it */
export async function getLog(db: DbOrTx, asked: SessionAsked): Promise<LogView> {
  const sessionId = await readableSession(db, asked.actor, asked.exposure, asked.slug);
  const [log] = await db.select().from(sessionLogs).where(eq(sessionLogs.sessionId, sessionId));
  return { text: log?.text ?? null, changedAt: log?.changedAt.toISOString() ?? null };
}

/**
 * The programs on the session's GPU, as long as it holds one: afterwards they are somebody else's.
 * @throws AppError `not_found` also when the actor may not see it
 */
export async function getProcesses(db: DbOrTx, asked: SessionAsked): Promise<ProcessesView> {
  const sessionId = await readableSession(db, asked.actor, asked.exposure, asked.slug);
  const [held] = await db
    .select({ sample: gpus.processes })
    .from(gpus)
    .innerJoin(sessions, eq(sessions.activeGpuId, gpus.id))
    .where(eq(sessions.id, sessionId));
  const processes = held?.sample?.processes ?? [];
  const own = processes.filter(({ slug }) => slug === asked.slug);
  const foreign = processes.filter(({ slug }) => slug !== asked.slug);
  return {
    sampledAt: held?.sample?.sampledAt ?? null,
    own: own.map(({ innerPid, pid, name, memoryMiB }) => ({ pid: innerPid ?? pid, name, memoryMiB })),
    foreign: {
      count: foreign.length,
      memoryMiB: foreign.reduce((sum, { memoryMiB }) => sum + (memoryMiB ?? 0), 0),
    },
  };
}
