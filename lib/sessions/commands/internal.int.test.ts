import { and, eq, gt, sql } from "drizzle-orm";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { dbNow } from "@/db/clock";
import { auditLog, changes, operations, sessions, snapshots, users, workspaces } from "@/db/schema";
import { createTestDatabase, type TestDatabase } from "@/db/testing";
import { updateUser } from "@/lib/auth/commands/users";
import { listGpus } from "@/lib/fleet/queries";
import { required } from "@/lib/kernel/assert";
import { AppError } from "@/lib/kernel/errors";
import { newPublicId } from "@/lib/kernel/ids";
import { allowancesChanged } from "@/lib/notices/notify";
import { listNotices } from "@/lib/notices/queries";
import { setBalance } from "@/lib/wallet/correct";
import {
  type CommandContext,
  createWorkspace,
  requestDelete,
  requestRestore,
  requestSnapshot,
  requestSnapshotDelete,
} from "@/lib/workspaces/commands";
import { getWorkspace, listSnapshots, listWorkspaces } from "@/lib/workspaces/queries";
import { getSession, listSessionEvents, listSessions } from "../queries";
import { seedLab, seedUser } from "../testing";
import { extendSession, getExtension } from "./extend";
import { keysChanged } from "./keys";
import { launchSession } from "./launch";
import { stopSession } from "./stop";

/** More than anybody here launches, so that nothing but the grant refuses. */
const plenty = 60;
const page = { limit: 100, active: false };

let lab: TestDatabase;
let admin: CommandContext;

beforeAll(async () => {
  lab = await createTestDatabase();
  await seedLab(lab.db, { gpus: plenty });
  admin = await seedUser(lab.db, { role: "admin" });
});
afterAll(() => lab.close());
beforeEach(async () => {
  await lab.db.update(sessions).set({ state: "STOPPED" });
});

const granted = () => seedUser(lab.db, { maxSessions: plenty, canUseInternal: true });
const grant = (who: CommandContext, canUseInternal: boolean) =>
  updateUser(admin, { keysChanged, allowancesChanged, balanceSet: setBalance }, admin.actor, {
    id: who.actor.publicId,
    canUseInternal,
  });

/** `ok`, or the code of the refusal; whatever nobody expects is thrown. */
async function verdict(work: Promise<unknown>): Promise<string> {
  return work.then(
    () => "ok",
    (error: unknown) => {
      if (error instanceof AppError) return error.code;
      throw error;
    },
  );
}

/** Audit rows of this person's own doing that came after the one that says the grant was withdrawn. */
async function begunAfterWithdrawal(who: CommandContext, action: string): Promise<unknown[]> {
  const [withdrawn] = await lab.db
    .select({ id: auditLog.id })
    .from(auditLog)
    .where(and(eq(auditLog.action, "user.update"), eq(auditLog.resource, who.actor.publicId)));
  const after = gt(auditLog.id, required(withdrawn, "the withdrawal's audit row").id);
  const own = and(eq(auditLog.actorId, who.actor.userId), eq(auditLog.action, action));
  return lab.db.select().from(auditLog).where(and(own, after));
}

describe("a grant that is withdrawn in the midst", () => {
  // Each writes its audit row under the lock on the person's row, so the rows' order is the order it all happened in.
  test("of many launches at once: what was begun runs on, nothing begins after", async () => {
    const who = await granted();
    const launch = (n: number) =>
      verdict(launchSession(who, "internal", { workspaceName: `w${n}`, ttlMinutes: 60 }));
    const before = await launch(0);
    const crowd = Array.from({ length: 41 }, (_, n) =>
      n === 20 ? verdict(grant(who, false)) : launch(n + 1),
    );
    const verdicts = [before, ...(await Promise.all(crowd)), await launch(99)];
    expect(verdicts.at(0)).toBe("ok");
    expect(verdicts.at(-1)).toBe("forbidden");
    expect(new Set(verdicts)).toEqual(new Set(["ok", "forbidden"]));
    const rows = await lab.db.select().from(sessions).where(eq(sessions.userId, who.actor.userId));
    // All but the withdrawal itself.
    expect(rows).toHaveLength(verdicts.filter((one) => one === "ok").length - 1);
    expect(new Set(rows.map(({ state }) => state))).toEqual(new Set(["STARTING"]));
    expect(await begunAfterWithdrawal(who, "session.launch")).toEqual([]);
  });

  test("of many new workspaces at once: none is made after", async () => {
    const who = await granted();
    const make = (n: number) => verdict(createWorkspace(who, "internal", { name: `w${n}` }));
    const before = await make(0);
    const crowd = Array.from({ length: 41 }, (_, n) => (n === 20 ? verdict(grant(who, false)) : make(n + 1)));
    const verdicts = [before, ...(await Promise.all(crowd)), await make(99)];
    expect([verdicts.at(0), verdicts.at(-1)]).toEqual(["ok", "forbidden"]);
    const rows = await lab.db.select().from(workspaces).where(eq(workspaces.userId, who.actor.userId));
    expect(rows).toHaveLength(verdicts.filter((one) => one === "ok").length - 1);
    expect(await begunAfterWithdrawal(who, "workspace.create")).toEqual([]);
  });
});

describe("without the grant", () => {
  test("nothing internal begins, even with an actor that was read while there was one", async () => {
    const who = await granted();
    const { id } = await createWorkspace(who, "internal", { name: "scans" });
    await grant(who, false);
    expect(who.actor.canUseInternal).toBe(true);
    const snapshotId = "snp_aaaaaaaaaaaaaaaa";
    expect(await verdict(launchSession(who, "internal", { workspaceId: id }))).toBe("forbidden");
    expect(await verdict(createWorkspace(who, "internal", { name: "more" }))).toBe("forbidden");
    expect(await verdict(requestSnapshot(who, "internal", { id }))).toBe("forbidden");
    expect(await verdict(requestRestore(who, "internal", { id, snapshotId }))).toBe("forbidden");
    expect(await verdict(launchSession(who, "external", {}))).toBe("ok");
  });

  test("what runs inside is not extended, by admins neither, until the grant is given back", async () => {
    const who = await granted();
    const slug = await launchSession(who, "internal", { workspaceName: "scans", ttlMinutes: 60 });
    const more = { slug, ttlMinutes: 120 };
    expect(await verdict(extendSession(who, "internal", { slug, ttlMinutes: 90 }))).toBe("ok");
    await grant(who, false);
    expect(await getExtension(who, "internal", slug)).toMatchObject({ minutes: 0, boundBy: "not_granted" });
    for (const one of [who, admin]) {
      await expect(extendSession(one, "internal", more)).rejects.toThrow(
        `Session ${slug} can't be extended: its owner may no longer use the internal side.`,
      );
    }
    await grant(who, true);
    // An admin runs the machines: no grant of their own is asked for.
    expect(admin.actor.canUseInternal).toBe(false);
    expect(await verdict(extendSession(admin, "internal", more))).toBe("ok");
  });

  test("what is there can be listed, read, stopped and deleted", async () => {
    const who = await granted();
    const slug = await launchSession(who, "internal", { workspaceName: "scans" });
    const { id } = await createWorkspace(who, "internal", { name: "done with" });
    await grant(who, false);
    const now = { ...who, actor: { ...who.actor, canUseInternal: false } };
    const { db, actor } = now;
    expect((await listSessions(db, actor, "internal", "h", page)).data).toMatchObject([{ slug }]);
    expect(await getSession(db, actor, "internal", "h", slug)).toMatchObject({ state: "STARTING" });
    expect((await listSessionEvents(db, actor, "internal", slug, page)).data).toHaveLength(1);
    expect((await listWorkspaces(db, actor, "internal", page)).data).toHaveLength(2);
    expect(await getWorkspace(db, actor, "internal", id)).toMatchObject({ exposure: "internal" });
    expect((await listSnapshots(db, actor, "internal", id, page)).data).toEqual([]);
    await stopSession(now, "internal", slug);
    expect(await getSession(db, actor, "internal", "h", slug)).toMatchObject({ state: "STOPPING" });
    const snapshotId = newPublicId("snp");
    await lab.db.insert(snapshots).values({
      publicId: snapshotId,
      workspaceId: sql`(select w.id from ${workspaces} w where w.public_id = ${id})`,
      generation: 1,
      reason: "manual",
      usedBytes: 1,
      referencedBytes: 1,
      createdAt: dbNow,
    });
    await requestSnapshotDelete(now, "internal", { id, snapshotId });
    await lab.db.update(operations).set({ state: "SUCCEEDED" });
    expect(await requestDelete(now, "internal", { id })).toMatchObject({ kind: "delete" });
  });
});

test("granting is audited with what was before, told to the person, and then they launch", async () => {
  const who = await seedUser(lab.db);
  expect(await verdict(launchSession(who, "internal", {}))).toBe("forbidden");
  await grant(who, true);
  const resource = eq(auditLog.resource, who.actor.publicId);
  expect(await lab.db.select().from(auditLog).where(resource)).toMatchObject([
    {
      action: "user.update",
      actorName: admin.actor.username,
      detail: { canUseInternal: { from: false, to: true } },
    },
  ]);
  expect(await lab.db.select().from(changes).where(eq(changes.userId, who.actor.userId))).toMatchObject([
    { topic: "notices" },
    { topic: "account", resource: who.actor.publicId },
  ]);
  expect((await listNotices(lab.db, who.actor, { limit: 50 })).data).toMatchObject([
    { content: { kind: "account_changed", canUseInternal: true }, href: "/settings", surface: null },
  ]);
  const [row] = await lab.db.select().from(users).where(eq(users.id, who.actor.userId));
  expect(row?.canUseInternal).toBe(true);
  expect(await verdict(launchSession(who, "internal", {}))).toBe("ok");
});

test("either exposure's sessions and workspaces do not exist for the other, their owner's either", async () => {
  const who = await granted();
  const [inside, outside] = [
    await launchSession(who, "internal", {}),
    await launchSession(who, "external", {}),
  ];
  const { db, actor } = who;
  for (const [exposure, own, others] of [
    ["internal", inside, outside],
    ["external", outside, inside],
  ] as const) {
    const sessionsHere = await listSessions(db, actor, exposure, "h", page);
    expect(sessionsHere.data.map(({ slug }) => slug)).toEqual([own]);
    expect(await verdict(getSession(db, actor, exposure, "h", others))).toBe("not_found");
    expect(await verdict(listSessionEvents(db, actor, exposure, others, page))).toBe("not_found");
    expect(await verdict(stopSession(who, exposure, others))).toBe("not_found");
    const theirs = await getSession(db, actor, null, "h", others);
    expect(await verdict(getWorkspace(db, actor, exposure, theirs.workspace.id))).toBe("not_found");
    expect(await verdict(requestDelete(who, exposure, { id: theirs.workspace.id }))).toBe("not_found");
    const launch = launchSession(who, exposure, { workspaceId: theirs.workspace.id });
    expect(await verdict(launch)).toBe("not_found");
    // A GPU tells the slug where there is a page of it; that it is one's own, everywhere.
    const held = (await listGpus(db, actor, exposure)).filter(({ holder }) => holder !== null);
    expect(held.map(({ holder }) => holder?.username)).toEqual([actor.username, actor.username]);
    expect(held.flatMap(({ holder }) => holder?.slug ?? []).sort()).toEqual([own]);
  }
});
