import { and, count, eq, gt, inArray, isNull, lte, min, ne, or } from "drizzle-orm";
import type { Db } from "@/db/client";
import { dbNow } from "@/db/clock";
import { gpus, nodes, operations, sessions } from "@/db/schema";
import type { GpuUsage } from "@/lib/fleet/model";
import { nodeReachable } from "@/lib/fleet/rules";
import { activeSessionStates, type SessionState, sessionStates } from "@/lib/sessions/model";
import { activeOperationStates } from "@/lib/workspaces/model";

/** The installation in figures, for whoever watches over it. Nobody's name and no session's is in them. */
export interface Figures {
  readonly sessions: Readonly<Record<SessionState, number>>;
  /** How long the oldest work that is due and taken by nobody has waited, in seconds; 0 when there is none. */
  readonly dueSeconds: { readonly session: number; readonly operation: number };
  readonly nodes: readonly {
    readonly name: string;
    readonly reachable: boolean;
    /** Null before it was first heard of. */
    readonly silentSeconds: number | null;
    readonly poolFreeBytes: number | null;
    readonly poolBytes: number | null;
  }[];
  readonly gpus: readonly {
    readonly uuid: string;
    readonly node: string;
    readonly held: boolean;
    readonly memoryMiB: number;
    readonly usage: GpuUsage | null;
  }[];
}

const secondsBetween = (from: Date | null | undefined, to: Date): number | null =>
  from ? Math.max(0, (to.getTime() - from.getTime()) / 1_000) : null;

async function sessionsByState(db: Db): Promise<Figures["sessions"]> {
  const rows = await db.select({ state: sessions.state, n: count() }).from(sessions).groupBy(sessions.state);
  const counted = new Map(rows.map(({ state, n }) => [state, n]));
  return Object.fromEntries(
    sessionStates.map((state) => [state, counted.get(state) ?? 0]),
  ) as Figures["sessions"];
}

async function oldestDueSession(db: Db): Promise<number> {
  const [row] = await db
    .select({ since: min(sessions.nextAttemptAt), now: dbNow })
    .from(sessions)
    .where(
      and(
        inArray(sessions.state, [...activeSessionStates]),
        or(ne(sessions.state, "RUNNING"), gt(sessions.keysVersion, sessions.keysPushedVersion)),
        lte(sessions.nextAttemptAt, dbNow),
        or(isNull(sessions.claimExpiresAt), lte(sessions.claimExpiresAt, dbNow)),
      ),
    );
  return secondsBetween(row?.since, row?.now ?? new Date()) ?? 0;
}

async function oldestDueOperation(db: Db): Promise<number> {
  const [row] = await db
    .select({ since: min(operations.nextAttemptAt), now: dbNow })
    .from(operations)
    .where(
      and(
        inArray(operations.state, [...activeOperationStates]),
        lte(operations.nextAttemptAt, dbNow),
        or(isNull(operations.claimExpiresAt), lte(operations.claimExpiresAt, dbNow)),
      ),
    );
  return secondsBetween(row?.since, row?.now ?? new Date()) ?? 0;
}

async function nodeFigures(db: Db): Promise<Figures["nodes"]> {
  const rows = await db.select({ node: nodes, now: dbNow }).from(nodes);
  return rows.map(({ node, now }) => ({
    name: node.name,
    reachable: nodeReachable(node, now),
    silentSeconds: secondsBetween(node.lastSeenAt, now),
    poolFreeBytes: node.diskFreeBytes,
    poolBytes: node.diskTotalBytes,
  }));
}

async function gpuFigures(db: Db): Promise<Figures["gpus"]> {
  const rows = await db
    .select({
      uuid: gpus.uuid,
      node: nodes.name,
      memoryMiB: gpus.memoryMiB,
      usage: gpus.usage,
      sessionId: sessions.id,
    })
    .from(gpus)
    .innerJoin(nodes, eq(nodes.id, gpus.nodeId))
    .leftJoin(sessions, eq(sessions.activeGpuId, gpus.id))
    .where(eq(gpus.present, true));
  return rows.map(({ sessionId, ...gpu }) => ({ ...gpu, held: sessionId !== null }));
}

export async function installationFigures(db: Db): Promise<Figures> {
  const [byState, session, operation, nodeList, gpuList] = await Promise.all([
    sessionsByState(db),
    oldestDueSession(db),
    oldestDueOperation(db),
    nodeFigures(db),
    gpuFigures(db),
  ]);
  return { sessions: byState, dueSeconds: { session, operation }, nodes: nodeList, gpus: gpuList };
}
