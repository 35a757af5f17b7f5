import { randomBytes } from "node:crypto";
import { and, count, eq, inArray, isNull, notInArray, or } from "drizzle-orm";
import type { Db } from "@/db/client";
import { gpus, installation, nodes, packs, sessions, sshKeys, users, workspaces } from "@/db/schema";
import { inTransaction } from "@/db/tx";
import type { AgentClient } from "@/lib/agent-protocol/client";
import { recordAudit, systemAuditor } from "@/lib/audit/record";
import { hashPassword } from "@/lib/auth/passwords";
import { spareSshPublicKey } from "@/lib/auth/spare-key";
import { parseSshPublicKey } from "@/lib/auth/ssh-key";
import { required } from "@/lib/kernel/assert";
import { newPublicId } from "@/lib/kernel/ids";
import { defaultQuotaGb } from "@/lib/workspaces/model";
import { SetupError } from "../errors";
import { demoEmail, demoPeople } from "./people";

const demoEmails = demoPeople.map(({ username }) => demoEmail(username));

/** What of this installation the demo needs. */
export interface Place {
  installationId: string;
  nodeId: number;
  gpuIds: number[];
  packId: number;
}

/** @throws SetupError when no GPU host has reported yet. */
export async function findPlace(db: Db): Promise<Place> {
  const [self] = await db.select({ id: installation.publicId }).from(installation);
  const [node] = await db.select({ id: nodes.id }).from(nodes).orderBy(nodes.id).limit(1);
  const [pack] = await db.select({ id: packs.id }).from(packs).orderBy(packs.id).limit(1);
  const present = node
    ? await db
        .select({ id: gpus.id })
        .from(gpus)
        .where(and(eq(gpus.nodeId, node.id), eq(gpus.present, true)))
        .orderBy(gpus.deviceIndex)
    : [];
  if (!self || !node || !pack || present.length === 0) {
    throw new SetupError(
      "No GPU host has reported to this installation yet.",
      "Start it with `./medforge up`, then run this again.",
    );
  }
  return { installationId: self.id, nodeId: node.id, gpuIds: present.map((gpu) => gpu.id), packId: pack.id };
}

/** People who are neither of the demo nor an admin without a session: somebody may be working here. */
export async function countRealUsers(db: Db): Promise<number> {
  const [row] = await db
    .select({ n: count() })
    .from(users)
    .where(and(notInArray(users.email, demoEmails), eq(users.role, "user")));
  return row?.n ?? 0;
}

interface NewPerson {
  username: string;
  passwordHash: string;
  joinedAt: Date;
}

/** The account with its first key, in one transaction. */
async function addPerson(db: Db, person: NewPerson): Promise<void> {
  const { username, joinedAt } = person;
  const key = parseSshPublicKey(spareSshPublicKey());
  const publicId = newPublicId("usr");
  await inTransaction(db, async (tx) => {
    const [result] = await tx.insert(users).values({
      publicId,
      username,
      email: demoEmail(username),
      passwordHash: person.passwordHash,
      createdAt: joinedAt,
    });
    await tx.insert(sshKeys).values({
      publicId: newPublicId("key"),
      userId: result.insertId,
      name: "workstation",
      ...key,
      createdAt: joinedAt,
    });
    await recordAudit(tx, systemAuditor, { action: "demo.user", resource: publicId, detail: { username } });
  });
}

/**
 * Makes the demo's accounts that are missing. A name that a real person took is left alone, and so is that person.
 * @returns names of those made now
 */
export async function addPeople(
  db: Db,
  joinedAt: Date,
  passwords: ReadonlyMap<string, string>,
): Promise<string[]> {
  const names = demoPeople.map(({ username }) => username);
  const taken = await db
    .select({ username: users.username, email: users.email })
    .from(users)
    .where(or(inArray(users.username, names), inArray(users.email, demoEmails)));
  const known = new Set(taken.flatMap(({ username, email }) => [username, email]));
  const missing = names.filter((name) => !known.has(name) && !known.has(demoEmail(name)));
  for (const username of missing) {
    const password = passwords.get(username) ?? randomBytes(24).toString("base64url");
    await addPerson(db, { username, passwordHash: await hashPassword(password), joinedAt });
  }
  return missing;
}

export interface DemoWorkspace {
  id: number;
  publicId: string;
  name: string;
  userId: number;
  username: string;
  generation: number;
  identity: string | null;
}

async function demoWorkspaces(db: Db): Promise<DemoWorkspace[]> {
  return db
    .select({
      id: workspaces.id,
      publicId: workspaces.publicId,
      name: workspaces.name,
      userId: workspaces.userId,
      username: users.username,
      generation: workspaces.generation,
      identity: workspaces.identity,
    })
    .from(workspaces)
    .innerJoin(users, eq(users.id, workspaces.userId))
    .where(and(inArray(users.email, demoEmails), isNull(workspaces.deletedAt)))
    .orderBy(workspaces.id);
}

/** Rows for the workspaces that demo people lack. */
async function addWorkspaceRows(db: Db, place: Place, createdAt: Date): Promise<void> {
  const people = await db
    .select({ id: users.id, username: users.username })
    .from(users)
    .where(inArray(users.email, demoEmails));
  const existing = new Set((await demoWorkspaces(db)).map(({ userId, name }) => `${userId} ${name}`));
  for (const { id: userId, username } of people) {
    const wanted = required(
      demoPeople.find((person) => person.username === username),
      `demo person ${username}`,
    );
    for (const name of wanted.workspaces) {
      if (existing.has(`${userId} ${name}`)) continue;
      await db.insert(workspaces).values({
        publicId: newPublicId("wsp"),
        userId,
        nodeId: place.nodeId,
        name,
        exposure: "external",
        quotaGb: defaultQuotaGb,
        createdAt,
      });
    }
  }
}

/**
 * Every demo person's workspaces, with real datasets behind them, so that snapshots, restore and launch do what they
 * say. Interrupted, the next run goes on.
 */
export async function addWorkspaces(
  db: Db,
  agent: AgentClient,
  place: Place,
  createdAt: Date,
): Promise<DemoWorkspace[]> {
  await addWorkspaceRows(db, place, createdAt);
  for (const workspace of await demoWorkspaces(db)) {
    if (workspace.identity !== null) continue;
    const made = await agent.call("workspace.ensure", {
      installationId: place.installationId,
      workspaceId: workspace.publicId,
      datasetGeneration: workspace.generation,
      quotaGb: defaultQuotaGb,
      identity: null,
    });
    await db
      .update(workspaces)
      .set({ identity: made.identity, hostPublicKey: made.hostPublicKey })
      .where(eq(workspaces.id, workspace.id));
  }
  return demoWorkspaces(db);
}

/** Whether the demo's history was written by an earlier run. */
export async function hasHistory(db: Db): Promise<boolean> {
  const [row] = await db
    .select({ n: count() })
    .from(sessions)
    .innerJoin(users, eq(users.id, sessions.userId))
    .where(inArray(users.email, demoEmails));
  return (row?.n ?? 0) > 0;
}
