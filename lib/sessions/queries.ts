import { and, asc, desc, eq, gt, inArray, isNotNull, lt, type SQL, sql } from "drizzle-orm";
import type { DbOrTx } from "@/db/client";
import { gpus, nodes, packs, sessionEvents, sessionProbes, sessions, users, workspaces } from "@/db/schema";
import type { Actor } from "@/lib/auth/model";
import { can } from "@/lib/auth/rules";
import { decodeCursor, pageOf } from "@/lib/kernel/cursor";
import type { Page, PageInput } from "@/lib/kernel/envelope";
import { AppError } from "@/lib/kernel/errors";
import { slugPattern } from "@/lib/kernel/id-patterns";
import type { Exposure } from "@/lib/workspaces/model";
import {
  activeSessionStates,
  type ListSessionsInput,
  type ProbeRunView,
  type SessionEventView,
  type SessionView,
  type SshCaView,
  sshUser,
} from "./model";
import {
  certAuthorityLine,
  endOf,
  hoursCondition,
  knownHosts,
  sshCommand,
  sshConfig,
  sshConfigForAll,
} from "./rules";

function sessionRows(db: DbOrTx) {
  return db
    .select({
      session: sessions,
      owner: users.username,
      pack: { id: packs.publicId, name: packs.name },
      gpu: {
        id: gpus.publicId,
        uuid: gpus.uuid,
        index: gpus.deviceIndex,
        node: nodes.name,
        model: gpus.model,
        simulated: gpus.simulated,
      },
      workspace: {
        id: workspaces.publicId,
        name: workspaces.name,
        quotaGb: workspaces.quotaGb,
        usedBytes: workspaces.usedBytes,
        key: workspaces.hostPublicKey,
      },
      isolation: {
        at: sessionProbes.at,
        ok: sessionProbes.ok,
        refused: sessionProbes.refused,
        reached: sessionProbes.reached,
      },
    })
    .from(sessions)
    .innerJoin(users, eq(users.id, sessions.userId))
    .innerJoin(packs, eq(packs.id, sessions.packId))
    .innerJoin(gpus, eq(gpus.id, sessions.gpuId))
    .innerJoin(nodes, eq(nodes.id, gpus.nodeId))
    .innerJoin(workspaces, eq(workspaces.id, sessions.workspaceId))
    .leftJoin(sessionProbes, eq(sessionProbes.id, sessions.lastProbeId))
    .$dynamic();
}

type SessionRow = Awaited<ReturnType<typeof sessionRows>>[number];

/** All that is wrong now, the gravest first. */
function conditionOf(session: SessionRow["session"]): Pick<SessionView, "condition" | "conditionKind"> {
  const hours = hoursCondition(session);
  const texts = [session.isolationFault, session.condition, hours].filter((text) => text !== null);
  const [gravest] = texts;
  if (gravest === undefined) return { condition: null, conditionKind: null };
  return { condition: texts.join(" "), conditionKind: gravest === hours ? "hours" : "held_up" };
}

function toView(
  { session, owner, pack, gpu, workspace: found, isolation }: SessionRow,
  sshHost: string,
): SessionView {
  const { key, ...workspace } = found;
  const end = endOf(session);
  const target = {
    slug: session.slug,
    host: sshHost,
    port: session.sshPort,
    workspaceId: workspace.id,
    hostPublicKey: key,
  };
  return {
    slug: session.slug,
    state: session.state,
    exposure: session.exposure,
    owner,
    pack,
    gpu,
    workspace,
    ssh: {
      host: sshHost,
      port: session.sshPort,
      user: sshUser,
      command: sshCommand(target),
      config: sshConfig(target),
      knownHosts: knownHosts(target),
    },
    createdAt: session.createdAt.toISOString(),
    runningAt: session.runningAt?.toISOString() ?? null,
    stopsAt: end.stopsAt?.toISOString() ?? null,
    endsBy: end.endsBy,
    heldUntil: session.heldUntil?.toISOString() ?? null,
    endsWithHours: session.endsWithHours,
    endedAt: session.endedAt?.toISOString() ?? null,
    stopReason: session.stopReason,
    ...conditionOf(session),
    error: session.error,
    isolation: isolation && { ...isolation, at: isolation.at.toISOString() },
  };
}

async function pageOfSessions(
  db: DbOrTx,
  sshHost: string,
  input: ListSessionsInput,
  whose: SQL | undefined,
): Promise<Page<SessionView>> {
  const after = decodeCursor(input.cursor, slugPattern);
  const rows = await sessionRows(db)
    .where(
      and(
        whose,
        input.active ? inArray(sessions.state, [...activeSessionStates]) : undefined,
        after === undefined
          ? undefined
          : lt(sessions.id, sql`(select s.id from ${sessions} s where s.slug = ${after})`),
      ),
    )
    .orderBy(desc(sessions.id))
    .limit(input.limit + 1);
  const { rows: shown, nextCursor } = pageOf(rows, input.limit, (row) => row.session.slug);
  return { data: shown.map((row) => toView(row, sshHost)), nextCursor };
}

/** The actor's sessions of one exposure, newest first; `active` leaves out those that have ended. */
export function listSessions(
  db: DbOrTx,
  actor: Actor,
  exposure: Exposure,
  sshHost: string,
  input: ListSessionsInput,
): Promise<Page<SessionView>> {
  const mine = and(eq(sessions.userId, actor.userId), eq(sessions.exposure, exposure));
  return pageOfSessions(db, sshHost, input, mine);
}

/** Everyone's sessions, newest first. For admins. */
export async function listAllSessions(
  db: DbOrTx,
  actor: Actor,
  sshHost: string,
  input: ListSessionsInput,
): Promise<Page<SessionView>> {
  if (!can(actor, "fleet.inspect")) throw new AppError("forbidden", "This needs the admin role.");
  return pageOfSessions(db, sshHost, input, undefined);
}

/**
 * The actor's session; an admin may see anyone's.
 * @param exposure null for the admin's routes, which reach both
 * @throws AppError `not_found` also when the actor may not see it
 */
export async function getSession(
  db: DbOrTx,
  actor: Actor,
  exposure: Exposure | null,
  sshHost: string,
  slug: string,
): Promise<SessionView> {
  const [row] = await sessionRows(db).where(
    and(eq(sessions.slug, slug), exposure === null ? undefined : eq(sessions.exposure, exposure)),
  );
  if (!row || !can(actor, "session.read", { ownerId: row.session.userId })) {
    throw new AppError("not_found", `No session ${slug}.`);
  }
  return toView(row, sshHost);
}

const rowCursor = /^\d{1,16}$/;

/** The session's key. @throws AppError `not_found` also when the actor may not see it */
export async function readableSession(
  db: DbOrTx,
  actor: Actor,
  exposure: Exposure,
  slug: string,
): Promise<number> {
  const [session] = await db
    .select({ id: sessions.id, userId: sessions.userId })
    .from(sessions)
    .where(and(eq(sessions.slug, slug), eq(sessions.exposure, exposure)));
  if (!session || !can(actor, "session.read", { ownerId: session.userId })) {
    throw new AppError("not_found", `No session ${slug}.`);
  }
  return session.id;
}

/**
 * The session's timeline, oldest first.
 * @throws AppError `not_found` also when the actor may not see it
 */
export async function listSessionEvents(
  db: DbOrTx,
  actor: Actor,
  exposure: Exposure,
  slug: string,
  page: PageInput,
): Promise<Page<SessionEventView>> {
  const sessionId = await readableSession(db, actor, exposure, slug);
  const after = decodeCursor(page.cursor, rowCursor);
  const rows = await db
    .select()
    .from(sessionEvents)
    .where(
      and(
        eq(sessionEvents.sessionId, sessionId),
        after === undefined ? undefined : gt(sessionEvents.id, Number(after)),
      ),
    )
    .orderBy(asc(sessionEvents.id))
    .limit(page.limit + 1);
  const { rows: shown, nextCursor } = pageOf(rows, page.limit, (row) => String(row.id));
  const data = shown.map(({ id, kind, detail, at }) => ({ id, kind, detail, at: at.toISOString() }));
  return { data, nextCursor };
}

/**
 * What the session could reach whenever that was tried, newest first.
 * @throws AppError `not_found` also when the actor may not see it
 */
export async function listProbeRuns(
  db: DbOrTx,
  actor: Actor,
  exposure: Exposure,
  slug: string,
  page: PageInput,
): Promise<Page<ProbeRunView>> {
  const sessionId = await readableSession(db, actor, exposure, slug);
  const before = decodeCursor(page.cursor, rowCursor);
  const rows = await db
    .select()
    .from(sessionProbes)
    .where(
      and(
        eq(sessionProbes.sessionId, sessionId),
        before === undefined ? undefined : lt(sessionProbes.id, Number(before)),
      ),
    )
    .orderBy(desc(sessionProbes.id))
    .limit(page.limit + 1);
  const { rows: shown, nextCursor } = pageOf(rows, page.limit, (row) => String(row.id));
  const data = shown.map(({ sessionId: _, at, ...run }) => ({ ...run, at: at.toISOString() }));
  return { data, nextCursor };
}

/** What people put into their ssh configuration, so that no host key of any session has to be believed. */
export async function getSshCa(db: DbOrTx, sshHost: string): Promise<SshCaView> {
  const hosts = await db
    .select({ key: nodes.hostCaPublicKey })
    .from(nodes)
    .where(isNotNull(nodes.hostCaPublicKey))
    .orderBy(asc(nodes.name));
  const lines = hosts.flatMap(({ key }) => (key === null ? [] : [certAuthorityLine(key)]));
  return { knownHosts: lines.join("\n") || null, config: sshConfigForAll(sshHost) };
}
