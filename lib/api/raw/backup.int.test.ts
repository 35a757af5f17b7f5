import { count, eq, is } from "drizzle-orm";
import { MySqlTable } from "drizzle-orm/mysql-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import * as schema from "@/db/schema";
import { createTestDatabase, type TestDatabase } from "@/db/testing";
import { createApiToken } from "@/lib/auth/commands/api-tokens";
import type { Actor } from "@/lib/auth/model";
import { seedPerson, testContext } from "@/lib/auth/testing";
import { backedUp, leftOut } from "@/lib/backup/tables";
import { seedCompetition } from "@/lib/competitions/testing";
import { placeBids } from "@/lib/schedule/commands/bid";
import { seedAuction, seedBidder } from "@/lib/schedule/testing/auction";
import { launchSession } from "@/lib/sessions/commands/launch";
import { seedUser } from "@/lib/sessions/testing";
import { type Credentials, type Sent, testCaller, testServices } from "../testing";

const { users, auditLog, transfers, workspaces, apiTokens, logins, slots, gpus } = schema;
const identity = "1d".repeat(16);

let test: TestDatabase;
let call: (sent: Sent) => Promise<Response>;
let admin: Actor;
let boss: Credentials;
let user: Credentials;
let token: string;

const file = z.strictObject({
  format: z.literal("medforge-backup"),
  version: z.literal(1),
  release: z.string(),
  schema: z.string().regex(/^\d{4}_.+\.sql$/),
  takenAt: z.iso.datetime(),
  takenBy: z.literal("boss"),
  internal: z.boolean(),
  leftOut: z.record(z.string(), z.string()),
  tables: z.record(z.string(), z.array(z.record(z.string(), z.unknown()))),
  rows: z.record(z.string(), z.number()),
});

beforeAll(async () => {
  test = await createTestDatabase();
  const { db } = test;
  call = testCaller(testServices(db));
  const auction = await seedAuction(db, 4);
  const [person, other] = [await seedPerson(db, "boss", "admin"), await seedPerson(db, "ana")];
  admin = person.actor;
  boss = { cookie: person.context.cookies.header() };
  user = { cookie: other.context.cookies.header() };
  ({ token } = await createApiToken(testContext(db), admin, { name: "nightly" }));
  const bidder = await seedBidder(db, "1000.5");
  // More than one page of everything that has a key of two or three columns.
  const wanted = Array.from({ length: 640 }, (_, n) => auction.slot(n % 4, Math.floor(n / 4)));
  await placeBids(bidder, { slots: wanted });
  await db.update(gpus).set({ mode: "on-demand" }).where(eq(gpus.deviceIndex, 3));
  await launchSession(await seedUser(db), "external", {});
  await db.update(workspaces).set({ identity });
  const context = { ...testContext(db), actor: { ...admin, canUseInternal: true } };
  for (const exposure of ["external", "internal"] as const) await seedCompetition(context, { exposure });
}, 60_000);
afterAll(() => test.close());

const take = (as: Credentials, query = "") => call({ method: "GET", path: `/admin/export-all${query}`, as });
async function taken() {
  const response = await take(boss);
  expect(response.status).toBe(200);
  const text = await response.text();
  return { text, ...file.parse(JSON.parse(text)) };
}

const grant = (canUseInternal: boolean) =>
  test.db.update(users).set({ canUseInternal }).where(eq(users.id, admin.userId));

describe("all of it", () => {
  it("has every row of every table that is not left out, once and in order", async () => {
    await grant(true);
    const { tables, rows, internal, leftOut: said } = await taken();
    expect([internal, said]).toEqual([true, leftOut]);
    expect(Object.keys(tables)).toEqual(Object.keys(backedUp));
    for (const [name, table] of Object.entries(schema)) {
      const kept = tables[name];
      if (!is(table, MySqlTable) || kept === undefined) continue;
      const [there] = await test.db.select({ n: count() }).from(table);
      expect([name, kept.length, rows[name]]).toEqual([name, there?.n, there?.n]);
      expect(new Set(kept.map((row) => JSON.stringify(row))).size, name).toBe(kept.length);
    }
    const sold = (tables.slots ?? []).map(({ gpuId, startsAt }) => [gpuId, startsAt]);
    expect(sold).toHaveLength(640);
    const inTable = await test.db.select().from(slots).orderBy(slots.gpuId, slots.startsAt);
    expect(sold).toEqual(inTable.map(({ gpuId, startsAt }) => [gpuId, startsAt.toISOString()]));
  });

  it("has money as decimals and times in UTC, and adds up", async () => {
    const { tables } = await taken();
    const given = tables.transfers?.find(({ kind }) => kind === "refill");
    expect(given).toMatchObject({
      amount: "1000.5",
      currency: "CREDIT",
      createdAt: expect.stringMatching(/Z$/),
    });
    const held = (tables.accounts ?? []).map((account) => Number(account.held ?? 0));
    expect(held.reduce((a, b) => a + b)).toBe(640);
  });

  it("has no secret", async () => {
    const { text } = await taken();
    const [hash] = await test.db.select().from(users).where(eq(users.id, admin.userId));
    const [secret] = await test.db.select().from(apiTokens);
    const [login] = await test.db.select().from(logins);
    const all = [hash?.passwordHash, secret?.secretHash, login?.idHash, identity, token, "$argon2"];
    for (const each of all) {
      expect(each).toBeTruthy();
      expect(text).not.toContain(each);
    }
  });

  it("has of competitions on the internal side nothing without the grant, and says so", async () => {
    await grant(true);
    const whole = await taken();
    await grant(false);
    const { tables, internal } = await taken();
    expect(internal).toBe(false);
    const names = ["datasets", "datasetVersions", "datasetFiles", "competitions", "evaluations"];
    expect(names.map((name) => whole.tables[name]?.length)).toEqual([2, 2, 2, 2, 2]);
    expect(names.map((name) => tables[name]?.length)).toEqual([1, 1, 1, 1, 1]);
    expect(tables.competitions).toMatchObject([{ exposure: "external" }]);
    expect(tables.sessions).toEqual(whole.tables.sessions);
  });
});

describe("taking it", () => {
  it("is for administrators, by cookie or token, and written down before the first row leaves", async () => {
    expect((await take(null)).status).toBe(401);
    expect((await take(user)).status).toBe(403);
    expect((await take(boss, "?table=users")).status).toBe(400);
    const head = await call({ method: "HEAD", path: "/admin/export-all", as: boss });
    expect([head.status, await head.text()]).toEqual([200, ""]);
    const exports = () => test.db.select().from(auditLog).where(eq(auditLog.action, "list.export"));
    const before = (await exports()).length;
    const response = await take({ token });
    expect(response.headers.get("content-type")).toBe("application/json");
    expect(response.headers.get("content-disposition")).toMatch(
      /^attachment; filename="medforge-backup-\d{4}-\d\d-\d\d\.json"$/,
    );
    expect((await exports()).slice(before)).toMatchObject([{ resource: "backup", actorName: "boss" }]);
    await response.body?.cancel();
    expect(await exports()).toHaveLength(before + 1);
  });

  it("is of one instant, however slowly it is read", async () => {
    const response = await take(boss);
    const reader = response.body?.getReader();
    const decoder = new TextDecoder();
    const first = await reader?.read();
    let text = decoder.decode(first?.value, { stream: true });
    const late = await seedBidder(test.db, "7");
    for (;;) {
      const next = await reader?.read();
      if (!next || next.done) break;
      text += decoder.decode(next.value, { stream: true });
    }
    expect(text).not.toContain(late.actor.username);
    const { tables } = file.parse(JSON.parse(text));
    const amounts = (tables.transfers ?? []).map(({ amount }) => amount);
    expect(amounts).not.toContain("7");
    const [now] = await test.db.select({ n: count() }).from(transfers);
    expect(amounts).toHaveLength((now?.n ?? 0) - 1);
  });

  it("comes in parts that stay small however much there is, and gives its connection back when left", async () => {
    const many = Array.from({ length: 5_000 }, () => ({
      at: new Date(),
      action: "test.many",
      detail: { text: "x".repeat(100) },
    }));
    for (let round = 0; round < 4; round++) await test.db.insert(auditLog).values(many);
    const sizes: number[] = [];
    const response = await take(boss);
    for await (const part of response.body ?? []) sizes.push(part.byteLength);
    const whole = sizes.reduce((a, b) => a + b);
    expect(whole).toBeGreaterThan(4_000_000);
    expect(Math.max(...sizes)).toBeLessThan(whole / 20);
    // More often than there are connections.
    for (let round = 0; round < 40; round++) {
      const left = (await take(boss)).body?.getReader();
      await left?.read();
      await left?.cancel();
    }
    expect((await take(boss)).status).toBe(200);
  });
});
