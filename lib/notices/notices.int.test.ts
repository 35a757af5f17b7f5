import { eq, sql } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { auditLog, changes, notices } from "@/db/schema";
import { createTestDatabase, type TestDatabase } from "@/db/testing";
import { inTransaction } from "@/db/tx";
import { seedPerson } from "@/lib/auth/testing";
import { required } from "@/lib/kernel/assert";
import { markAllRead, markRead } from "./commands";
import type { NoticeContent } from "./model";
import { notify, notifyAdmins, rearm, sweepNotices } from "./notify";
import { listNotices } from "./queries";

let database: TestDatabase;
let serial = 0;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.close());

const db = () => database.db;
const content: NoticeContent = {
  kind: "session_time_limit",
  slug: "k3x7q2ab",
  exposure: "external",
};
const tell = (userId: number, key: string) => inTransaction(db(), (tx) => notify(tx, userId, content, key));

async function person(role: "user" | "admin" = "user") {
  const { actor } = await seedPerson(db(), `person${serial++}`, role);
  return { db: db(), actor, requestId: "req_test" };
}

describe("telling", () => {
  test("once for each key, however many workers tell it at once", async () => {
    const { actor } = await person();
    const told = await Promise.all(Array.from({ length: 30 }, () => tell(actor.userId, "end:1")));
    expect(told.filter(Boolean)).toHaveLength(1);
    expect(await tell(actor.userId, "end:2")).toBe(true);
    const { data, meta } = await listNotices(db(), actor, { limit: 50 });
    expect(data).toHaveLength(2);
    expect(meta).toEqual({ nextCursor: null, unread: 2 });
    const heard = await db().select().from(changes).where(eq(changes.userId, actor.userId));
    expect(heard.filter(({ topic }) => topic === "notices")).toHaveLength(2);
  });

  test("the same key for somebody else is another notice", async () => {
    const [one, other] = [await person(), await person()];
    expect(await tell(one.actor.userId, "same")).toBe(true);
    expect(await tell(other.actor.userId, "same")).toBe(true);
  });

  test("again once it was let go, some time after it was told; what was told stays", async () => {
    const { actor } = await person();
    const letGo = () => inTransaction(db(), (tx) => rearm(tx, actor.userId, "full:80", 60_000));
    await tell(actor.userId, "full:80");
    await letGo();
    expect(await tell(actor.userId, "full:80")).toBe(false);
    await db()
      .update(notices)
      .set({ createdAt: sql`utc_timestamp(3) - interval 61 second` })
      .where(eq(notices.userId, actor.userId));
    await letGo();
    expect(await tell(actor.userId, "full:80")).toBe(true);
    expect((await listNotices(db(), actor, { limit: 50 })).data).toHaveLength(2);
  });

  test("goes with its transaction", async () => {
    const { actor } = await person();
    const failed = inTransaction(db(), async (tx) => {
      await notify(tx, actor.userId, content, "never");
      throw new Error("what it told of did not happen");
    });
    await expect(failed).rejects.toThrow("did not happen");
    expect((await listNotices(db(), actor, { limit: 50 })).data).toEqual([]);
  });

  test("all enabled admins and nobody else", async () => {
    const [boss, user] = [await person("admin"), await person()];
    const silent: NoticeContent = {
      kind: "node_unreachable",
      node: "gpu1",
      since: "2026-11-25T10:00:00.000Z",
    };
    await inTransaction(db(), (tx) => notifyAdmins(tx, silent, "silent:1"));
    expect((await listNotices(db(), boss.actor, { limit: 50 })).data).toMatchObject([
      { content: silent, title: "GPU host gpu1 does not answer", href: "/admin/gpus", readAt: null },
    ]);
    expect((await listNotices(db(), user.actor, { limit: 50 })).data).toEqual([]);
  });
});

describe("reading", () => {
  test("pages through all of them, newest first", async () => {
    const { actor } = await person();
    for (let n = 0; n < 7; n++) await tell(actor.userId, `n${n}`);
    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await listNotices(db(), actor, { limit: 3, cursor });
      expect(page.meta.unread).toBe(7);
      seen.push(...page.data.map(({ id }) => id));
      cursor = page.meta.nextCursor ?? undefined;
    } while (cursor !== undefined);
    expect(new Set(seen).size).toBe(7);
    const [newest] = await db().select().from(notices).where(eq(notices.dedupeKey, "n6"));
    expect(seen[0]).toBe(newest?.publicId);
  });

  test("marks one once, for every device, and audits it once", async () => {
    const who = await person();
    await tell(who.actor.userId, "one");
    const [notice] = (await listNotices(db(), who.actor, { limit: 1 })).data;
    const { id } = required(notice, "notice");
    const [first, ...rest] = await Promise.all(Array.from({ length: 5 }, () => markRead(who, id)));
    for (const again of rest) expect(again.readAt).toBe(first?.readAt);
    expect((await listNotices(db(), who.actor, { limit: 1 })).meta.unread).toBe(0);
    const audited = await db().select().from(auditLog).where(eq(auditLog.resource, id));
    expect(audited.map(({ action }) => action)).toEqual(["notice.read"]);
  });

  test("marks all up to the one that was seen: what came meanwhile stays unread", async () => {
    const who = await person();
    for (const key of ["a", "b"]) await tell(who.actor.userId, key);
    const [seen] = (await listNotices(db(), who.actor, { limit: 1 })).data;
    await tell(who.actor.userId, "came meanwhile");
    expect(await markAllRead(who, required(seen, "notice").id)).toBe(2);
    expect(await markAllRead(who, required(seen, "notice").id)).toBe(0);
    const { data, meta } = await listNotices(db(), who.actor, { limit: 50 });
    expect(meta.unread).toBe(1);
    expect(data.map(({ readAt }) => readAt === null)).toEqual([true, false, false]);
  });

  test("another's notice is not there, whatever is tried", async () => {
    const [one, other] = [await person(), await person("admin")];
    await tell(one.actor.userId, "mine");
    const [mine] = (await listNotices(db(), one.actor, { limit: 1 })).data;
    const { id } = required(mine, "notice");
    await expect(markRead(other, id)).rejects.toMatchObject({ code: "not_found" });
    await expect(markAllRead(other, id)).rejects.toMatchObject({ code: "not_found" });
    expect((await listNotices(db(), one.actor, { limit: 1 })).meta.unread).toBe(1);
  });
});

test("the sweep takes the old and leaves the rest", async () => {
  const { actor } = await person();
  await tell(actor.userId, "old");
  await db()
    .update(notices)
    .set({ createdAt: new Date(Date.now() - 10_000) });
  await tell(actor.userId, "new");
  await sweepNotices(db(), 5_000);
  expect((await db().select().from(notices)).map(({ dedupeKey }) => dedupeKey)).toEqual(["new"]);
});
