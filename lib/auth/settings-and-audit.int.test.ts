import { eq } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { auditLog, users } from "@/db/schema";
import { createTestDatabase, type TestDatabase } from "@/db/testing";
import { required } from "@/lib/kernel/assert";
import { listAudit } from "./audit-log";
import { updateUser } from "./commands/users";
import { getLabSettings, updateLabSettings } from "./lab-settings";
import { type Actor, registerInput } from "./model";
import { listUsers } from "./queries";
import { seedPerson, type TestContext, testPassword } from "./testing";

let database: TestDatabase;
let admin: { actor: Actor; context: TestContext };
let ana: { actor: Actor; context: TestContext };
beforeAll(async () => {
  database = await createTestDatabase();
  admin = await seedPerson(database.db, "boss", "admin");
  ana = await seedPerson(database.db, "ana");
});
afterAll(() => database.close());

const db = () => database.db;
const ports = {
  keysChanged: async () => undefined,
  balanceSet: async () => null,
  allowancesChanged: async () => undefined,
};

describe("lab settings", () => {
  test("begin with the defaults, and are an admin's to see and change", async () => {
    expect(await getLabSettings(db(), admin.actor)).toEqual({
      defaultMaxSessions: 2,
      defaultMaxGpuHoursPerWeek: null,
      defaultMaxDiskGb: null,
      defaultMaxDurationMinutes: null,
      spaceFactor: 3,
      stopSnapshotsKept: 100,
      defaultWeeklyBudget: "100",
      rolloverPercent: 50,
      releaseRefund: "0.34",
      biddingClosesMinutes: 0,
      reservationAheadDays: 14,
      reservationMaxHours: 24,
      reservationMaxOpen: 3,
      publicGpuNames: false,
    });
    await expect(getLabSettings(db(), ana.actor)).rejects.toMatchObject({ code: "forbidden" });
    await expect(updateLabSettings(ana.context, ana.actor, { stopSnapshotsKept: 1 })).rejects.toMatchObject({
      code: "forbidden",
    });
  });

  test("are the limits of whoever registers from then on, and of nobody before", async () => {
    const changed = await updateLabSettings(admin.context, admin.actor, {
      defaultMaxSessions: 1,
      defaultMaxGpuHoursPerWeek: 12.25,
      defaultMaxDiskGb: 80,
      defaultMaxDurationMinutes: 240,
      spaceFactor: 1.5,
    });
    expect(changed).toMatchObject({
      defaultMaxGpuHoursPerWeek: 12.25,
      spaceFactor: 1.5,
      stopSnapshotsKept: 100,
    });
    await seedPerson(db(), "newcomer");
    const { rows } = await listUsers(db(), admin.actor, { limit: 50 });
    const limitsOf = (name: string) => rows.find(({ username }) => username === name);
    expect(limitsOf("newcomer")).toMatchObject({
      maxSessions: 1,
      maxGpuHoursPerWeek: 12.25,
      maxDiskGb: 80,
      maxDurationMinutes: 240,
    });
    expect(limitsOf("ana")).toMatchObject({ maxSessions: 2, maxGpuHoursPerWeek: null, maxDiskGb: null });
    // What is so already changes nothing and is not told.
    await updateLabSettings(admin.context, admin.actor, { spaceFactor: 1.5 });
    await updateLabSettings(admin.context, admin.actor, { spaceFactor: 2, defaultMaxDiskGb: 80 });
    const told = await db().select().from(auditLog).where(eq(auditLog.action, "settings.update"));
    expect(told).toMatchObject([
      { actorName: "boss", detail: { defaultMaxDiskGb: { from: null, to: 80 } } },
      { actorName: "boss", detail: { spaceFactor: { from: 1.5, to: 2 } } },
    ]);
    expect(told[1]?.detail).toEqual({ spaceFactor: { from: 1.5, to: 2 } });
  });

  test("changed by several at once keep each one's change, and what was before is told of each", async () => {
    const wishes = Array.from({ length: 12 }, (_, n) => ({ stopSnapshotsKept: 101 + n }));
    await Promise.all([
      ...wishes.map((wish) => updateLabSettings(admin.context, admin.actor, wish)),
      updateLabSettings(admin.context, admin.actor, { defaultMaxSessions: 3 }),
    ]);
    const now = await getLabSettings(db(), admin.actor);
    expect(now).toMatchObject({ defaultMaxSessions: 3, defaultMaxDiskGb: 80 });
    const told = await db()
      .select()
      .from(auditLog)
      .where(eq(auditLog.action, "settings.update"))
      .orderBy(auditLog.id);
    const chain = told.flatMap(({ detail }) => {
      const { stopSnapshotsKept: change } = detail as { stopSnapshotsKept?: { from: number; to: number } };
      return change === undefined ? [] : [change];
    });
    expect(chain).toHaveLength(wishes.length);
    expect(chain.map(({ from }) => from)).toEqual([100, ...chain.slice(0, -1).map(({ to }) => to)]);
    expect(chain.at(-1)?.to).toBe(now.stopSnapshotsKept);
  });
});

describe("limits of an account", () => {
  test("are set and taken away one by one; only what changed is written down", async () => {
    const id = ana.actor.publicId;
    const update = (input: Omit<Parameters<typeof updateUser>[3], "id">) =>
      updateUser(admin.context, ports, admin.actor, { id, ...input });
    expect(await update({ maxGpuHoursPerWeek: 40.5, maxDiskGb: 500 })).toMatchObject({
      maxGpuHoursPerWeek: 40.5,
      maxDiskGb: 500,
      maxDurationMinutes: null,
    });
    expect(await update({ maxGpuHoursPerWeek: 40.5, maxDiskGb: null })).toMatchObject({
      maxGpuHoursPerWeek: 40.5,
      maxDiskGb: null,
    });
    const told = await db().select().from(auditLog).where(eq(auditLog.action, "user.update"));
    expect(told.map(({ detail }) => detail)).toEqual([
      { maxGpuMinutesPerWeek: { from: null, to: 2430 }, maxDiskGb: { from: null, to: 500 } },
      { maxDiskGb: { from: 500, to: null } },
    ]);
    const [row] = await db().select().from(users).where(eq(users.publicId, id));
    expect(required(row, "ana").maxGpuMinutesPerWeek).toBe(2430);
  });
});

describe("finding accounts", () => {
  test("by part of name or address, role and standing; wildcards mean themselves", async () => {
    const found = async (filter: object) =>
      (await listUsers(db(), admin.actor, { limit: 50, ...filter })).rows.map(({ username }) => username);
    expect(await found({ q: "an" })).toEqual(["ana"]);
    expect(await found({ q: "NEWCOMER@example" })).toEqual(["newcomer"]);
    expect(await found({ q: "%" })).toEqual([]);
    expect(await found({ q: "a_a" })).toEqual([]);
    expect(await found({ role: "admin" })).toEqual(["boss"]);
    expect(await found({ disabled: true })).toEqual([]);
  });
});

describe("the audit log", () => {
  const list = (filter: object = {}, limit = 200) => listAudit(db(), admin.actor, { limit, ...filter });

  test("is an admin's", async () => {
    await expect(listAudit(db(), ana.actor, { limit: 1 })).rejects.toMatchObject({ code: "forbidden" });
  });

  test("names users as they are called now, and leaves what has no name to its id", async () => {
    const at = new Date("2026-01-02T00:00:00Z");
    const about = [ana.actor.publicId, "usr_aaaaaaaaaaaaaaaa", "k3x7q2ab"];
    await db()
      .insert(auditLog)
      .values(about.map((resource) => ({ at, action: "test.named", resource, detail: {} })));
    const { rows } = await list({ action: "test.named" });
    expect(Object.fromEntries(rows.map((row) => [row.resource, row.resourceName]))).toEqual({
      [ana.actor.publicId]: "ana",
      usr_aaaaaaaaaaaaaaaa: null,
      k3x7q2ab: null,
    });
    await db().delete(auditLog).where(eq(auditLog.action, "test.named"));
  });

  test("pages newest first without losing or repeating any, equal times too", async () => {
    const at = new Date("2026-01-01T00:00:00Z");
    await db()
      .insert(auditLog)
      .values(Array.from({ length: 25 }, () => ({ at, action: "test.same", detail: {} })));
    const whole = (await list()).rows;
    const paged = [];
    let cursor: string | undefined;
    do {
      const page = await list({ cursor }, 7);
      paged.push(...page.rows);
      cursor = page.nextCursor ?? undefined;
    } while (cursor);
    expect(paged).toEqual(whole);
    expect(paged.map((entry) => entry.at)).toEqual([...paged.map((entry) => entry.at)].sort().reverse());
    await expect(list({ cursor: "%%%" })).rejects.toMatchObject({ code: "invalid" });
  });

  test("narrows to who, action or its domain, thing and time", async () => {
    const actions = async (filter: object) => new Set((await list(filter)).rows.map(({ action }) => action));
    expect(await actions({ who: "ana" })).toEqual(new Set(["user.register"]));
    expect(await actions({ who: "(system)" })).toEqual(new Set(["test.same"]));
    // Nobody gets that name any more; an account from before is one like any other.
    const taken = { username: " System ", email: "s@example.org", password: testPassword };
    expect(registerInput.safeParse(taken).success).toBe(false);
    await seedPerson(db(), "system");
    expect(await actions({ who: "system" })).toEqual(new Set(["user.register"]));
    expect(await actions({ who: "nobody" })).toEqual(new Set());
    expect(await actions({ action: "user" })).toEqual(new Set(["user.register", "user.update"]));
    expect(await actions({ action: "user.update" })).toEqual(new Set(["user.update"]));
    expect(await actions({ action: "use" })).toEqual(new Set());
    const ofAna = (await list({ resource: ana.actor.publicId })).rows;
    expect(ofAna).toHaveLength(3);
    expect((await list({ resource: "Ana" })).rows).toEqual(ofAna);
    expect((await list({ resource: "an" })).rows).toEqual([]);
    const year = { from: "2026-01-01T00:00:00Z", to: "2026-01-01T00:00:00.001Z" };
    expect((await list(year)).rows).toHaveLength(25);
    expect((await list({ ...year, to: year.from })).rows).toEqual([]);
  });
});
