import { and, eq, isNull } from "drizzle-orm";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { apiTokens, auditLog, logins, users } from "@/db/schema";
import { createTestDatabase, type TestDatabase } from "@/db/testing";
import { required } from "@/lib/kernel/assert";
import type { AppError } from "@/lib/kernel/errors";
import { newPublicId } from "@/lib/kernel/ids";
import { authenticate } from "./authenticate";
import { ensureFirstAdmin, resetPassword } from "./bootstrap";
import { login } from "./commands/accounts";
import { createApiToken } from "./commands/api-tokens";
import { changeBudgets } from "./commands/budgets";
import { createUser } from "./commands/create-user";
import { updateUser } from "./commands/users";
import { updateLabSettings } from "./lab-settings";
import type { Actor, UpdateUserInput } from "./model";
import type { Allowances, AuthPorts } from "./ports";
import { listUsers } from "./queries";
import { seedPerson, testContext, testPassword } from "./testing";

let test: TestDatabase;
let told: number[];
let allowed: ({ userId: number } & Allowances)[];
const ports: AuthPorts = {
  keysChanged: async (_tx, userId) => {
    told.push(userId);
  },
  balanceSet: async () => null,
  allowancesChanged: async (_tx, userId, allowances) => {
    allowed.push({ userId, ...allowances });
  },
};

beforeEach(async () => {
  await test?.close();
  test = await createTestDatabase();
  told = [];
  allowed = [];
});
afterAll(() => test.close());

async function codeOf(work: Promise<unknown>): Promise<string> {
  return work.then(
    () => "ok",
    (error: AppError) => error.code,
  );
}

const enabledAdmins = () =>
  test.db
    .select()
    .from(users)
    .where(and(eq(users.role, "admin"), isNull(users.disabledAt)));

describe("updateUser", () => {
  it("leaves one admin when two demote each other twenty times at once", async () => {
    const [a, b] = [await seedPerson(test.db, "anna", "admin"), await seedPerson(test.db, "bert", "admin")];
    const context = testContext(test.db);
    const codes = await Promise.all(
      Array.from({ length: 20 }, (_, i) => {
        const [by, whom] = i % 2 ? [a, b] : [b, a];
        const change = i % 4 < 2 ? ({ role: "user" } as const) : { disabled: true };
        return codeOf(updateUser(context, ports, by.actor, { id: whom.actor.publicId, ...change }));
      }),
    );
    expect(await enabledAdmins()).toHaveLength(1);
    expect(new Set(codes)).not.toContain(undefined);
    expect(codes.filter((code) => code === "ok").length).toBeGreaterThan(0);
  });

  it.each([{ role: "user" as const }, { disabled: true }])(
    "refuses %o for the last admin",
    async (change) => {
      const { actor } = await seedPerson(test.db, "anna", "admin");
      const other = await seedPerson(test.db, "dora", "admin");
      await updateUser(testContext(test.db), ports, actor, { id: other.actor.publicId, disabled: true });
      const work = updateUser(testContext(test.db), ports, actor, { id: actor.publicId, ...change });
      expect(await codeOf(work)).toBe("conflict");
    },
  );

  it("is for admins who still are", async () => {
    const { actor: user } = await seedPerson(test.db, "user");
    const { actor: admin } = await seedPerson(test.db, "anna", "admin");
    const input = { id: user.publicId, maxSessions: 9 };
    expect(await codeOf(updateUser(testContext(test.db), ports, user, input))).toBe("forbidden");
    const claimed = { ...user, role: "admin" as const };
    expect(await codeOf(updateUser(testContext(test.db), ports, claimed, input))).toBe("forbidden");
    expect(await codeOf(updateUser(testContext(test.db), ports, admin, input))).toBe("ok");
    const unknown = { id: "usr_aaaaaaaaaaaaaaaa", maxSessions: 1 };
    expect(await codeOf(updateUser(testContext(test.db), ports, admin, unknown))).toBe("not_found");
  });

  it("lets no token make an administrator", async () => {
    const { actor } = await seedPerson(test.db, "anna", "admin");
    const { actor: bert } = await seedPerson(test.db, "bert");
    const update = (via: Actor["via"], change: Omit<UpdateUserInput, "id">) =>
      codeOf(updateUser(testContext(test.db), ports, { ...actor, via }, { id: bert.publicId, ...change }));
    const before = await test.db.select().from(users);
    expect(await update("token", { role: "admin", maxSessions: 3 })).toBe("forbidden");
    expect(await test.db.select().from(users)).toEqual(before);
    // A role that is so already is no change, and what a script looks after stays its own.
    expect(await update("token", { role: "user", canUseInternal: true, maxSessions: 3 })).toBe("ok");
    expect(await update("login", { role: "admin" })).toBe("ok");
    expect(await update("token", { role: "user" })).toBe("forbidden");
    // An administrator who left comes back by a person's decision alone.
    expect(await update("token", { disabled: true })).toBe("ok");
    expect(await update("token", { disabled: false })).toBe("forbidden");
    expect(await update("login", { role: "user" })).toBe("ok");
    expect(await update("token", { disabled: false })).toBe("ok");
  });

  it("shuts a disabled user out at once: logins, tokens and keys in running sessions", async () => {
    const { actor: admin } = await seedPerson(test.db, "anna", "admin");
    const { actor: user, context } = await seedPerson(test.db, "user");
    const { token } = await createApiToken(testContext(test.db), user, { name: "script" });
    const bearer = { authorization: `Bearer ${token}`, cookie: null, renewal: null };
    expect((await authenticate(test.db, bearer)).actor?.username).toBe("user");

    const view = await updateUser(testContext(test.db), ports, admin, { id: user.publicId, disabled: true });
    expect(view.disabled).toBe(true);
    expect(told).toEqual([user.userId]);
    expect(await test.db.select().from(logins).where(eq(logins.userId, user.userId))).toEqual([]);
    expect(await codeOf(authenticate(test.db, bearer))).toBe("unauthenticated");
    const cookie = context.cookies.header();
    expect((await authenticate(test.db, { authorization: null, cookie, renewal: null })).actor).toBeNull();

    await updateUser(testContext(test.db), ports, admin, { id: user.publicId, disabled: false });
    expect((await authenticate(test.db, bearer)).actor?.username).toBe("user");
    expect(told).toEqual([user.userId, user.userId]);
    expect(await test.db.select().from(apiTokens)).toHaveLength(1);
  });

  it("passes on what somebody may use from now on, and nothing else of a change; one's own is no news", async () => {
    const { actor: admin } = await seedPerson(test.db, "anna", "admin");
    const { actor: user } = await seedPerson(test.db, "user");
    const set = (id: string, input: Omit<Parameters<typeof updateUser>[3], "id">) =>
      updateUser(testContext(test.db), ports, admin, { id, ...input });
    await set(user.publicId, { maxSessions: user.maxSessions, role: "admin" });
    await set(admin.publicId, { maxSessions: 9 });
    expect(allowed).toEqual([]);
    await set(user.publicId, { canUseInternal: true, maxGpuHoursPerWeek: 1.5, role: "user" });
    await set(user.publicId, { maxGpuHoursPerWeek: null });
    expect(allowed).toEqual([
      { userId: user.userId, canUseInternal: true, maxGpuHoursPerWeek: 1.5 },
      { userId: user.userId, maxGpuHoursPerWeek: null },
    ]);
  });

  it("writes an audit row per change and none for nothing", async () => {
    const { actor: admin } = await seedPerson(test.db, "anna", "admin");
    const { actor: user } = await seedPerson(test.db, "user");
    const rows = () => test.db.select().from(auditLog).where(eq(auditLog.action, "user.update"));
    await updateUser(testContext(test.db), ports, admin, {
      id: user.publicId,
      maxSessions: user.maxSessions,
    });
    expect(await rows()).toEqual([]);
    await updateUser(testContext(test.db), ports, admin, { id: user.publicId, maxSessions: 7 });
    expect(await rows()).toMatchObject([
      {
        actorId: admin.userId,
        resource: user.publicId,
        detail: { maxSessions: { from: user.maxSessions, to: 7 } },
        requestId: "req_test",
      },
    ]);
  });
});

describe("changeBudgets", () => {
  it("says who would have fallen below 0 and how many had the lab's default, which moves them no more", async () => {
    const [{ actor: admin }, { actor: bert }] = [
      await seedPerson(test.db, "anna", "admin"),
      await seedPerson(test.db, "bert"),
    ];
    const context = testContext(test.db);
    const budgets = async () =>
      (await test.db.select().from(users).orderBy(users.id)).map(({ weeklyBudget }) => weeklyBudget);
    await updateUser(context, ports, admin, { id: bert.publicId, weeklyBudget: "40" });
    const told = { people: 2, leftDefault: 1, cutOff: ["bert"] };
    expect(await changeBudgets(context, admin, { delta: "-40.5", preview: true })).toEqual(told);
    expect(await budgets()).toEqual([null, "40"]);
    expect(await changeBudgets(context, admin, { delta: "-40.5" })).toEqual(told);
    expect(await budgets()).toEqual(["59.5", "0"]);
    await updateLabSettings(context, admin, { defaultWeeklyBudget: "70" });
    // To exactly 0 nothing is cut off.
    expect(await changeBudgets(context, admin, { delta: "-59.5" })).toEqual({
      people: 2,
      leftDefault: 0,
      cutOff: ["bert"],
    });
    expect(await budgets()).toEqual(["0", "0"]);
    const written = await test.db.select().from(auditLog).where(eq(auditLog.action, "user.bulk_update"));
    expect(written.map(({ detail }) => detail)).toEqual([
      { weeklyBudget: { delta: "-40.5" }, ...told },
      { weeklyBudget: { delta: "-59.5" }, ...told, leftDefault: 0 },
    ]);
    expect(await codeOf(changeBudgets(context, bert, { delta: "1", preview: true }))).toBe("forbidden");
  });

  it("keeps nobody waiting for a preview, and writes down so many names only", async () => {
    const { actor: admin } = await seedPerson(test.db, "anna", "admin");
    const [row] = await test.db.select().from(users);
    const { id: _, ...anna } = required(row, "anna's account");
    const others = Array.from({ length: 200 }, (_, n) => `person-${n}`);
    await test.db.insert(users).values(
      others.map((name) => ({
        ...anna,
        publicId: newPublicId("usr"),
        username: name,
        email: `${name}@x.org`,
      })),
    );
    const context = testContext(test.db);
    const holder = await test.db.$client.getConnection();
    await holder.query("begin");
    await holder.query("select * from users for update");
    const { cutOff } = await changeBudgets(context, admin, { delta: "-999", preview: true });
    await holder.query("rollback");
    holder.release();
    expect(cutOff).toEqual(["anna", ...others].sort());
    expect(await changeBudgets(context, admin, { delta: "-999" })).toMatchObject({ people: 201, cutOff });
    const [written] = await test.db.select().from(auditLog).where(eq(auditLog.action, "user.bulk_update"));
    expect(written?.detail).toMatchObject({ people: 201, cutOff: cutOff.slice(0, 200), unlisted: 1 });
  });
});

describe("createUser", () => {
  const wanted = { username: "newcomer", email: "newcomer@example.org", password: testPassword };

  it("makes an account that signs in by itself, with the lab's limits and a budget, and leaves no password", async () => {
    const { actor: admin } = await seedPerson(test.db, "anna", "admin");
    await updateLabSettings(testContext(test.db), admin, { defaultMaxSessions: 7, defaultMaxDiskGb: 30 });
    const view = await createUser(testContext(test.db), admin, { ...wanted, weeklyBudget: "12.5" });
    const limits = { maxSessions: 7, maxDiskGb: 30, weeklyBudget: "12.5" };
    expect(view).toMatchObject({ username: "newcomer", role: "user", canUseInternal: false, ...limits });
    const context = testContext(test.db);
    await login(context, { login: "newcomer", password: testPassword });
    const cookie = context.cookies.header();
    const { actor } = await authenticate(test.db, { authorization: null, cookie, renewal: null });
    expect(actor?.publicId).toBe(view.id);
    const [entry] = await test.db.select().from(auditLog).where(eq(auditLog.action, "user.create"));
    expect(entry).toMatchObject({
      actorId: admin.userId,
      resource: view.id,
      detail: { username: "newcomer", weeklyBudget: "12.5" },
    });
    const { weeklyBudget } = await createUser(testContext(test.db), admin, {
      ...wanted,
      username: "second",
      email: "second@example.org",
    });
    expect(weeklyBudget).toBeNull();
  });

  it("says which of name and address is taken, also of twelve at once", async () => {
    const { actor: admin } = await seedPerson(test.db, "anna", "admin");
    const made = await Promise.allSettled(
      Array.from({ length: 12 }, () => createUser(testContext(test.db), admin, wanted)),
    );
    expect(made.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    const fieldsOf = (work: Promise<unknown>) =>
      work.then(
        () => null,
        ({ code, fields }: AppError) => [code, Object.keys(fields ?? {})],
      );
    const again = (other: Partial<typeof wanted>) =>
      fieldsOf(createUser(testContext(test.db), admin, { ...wanted, ...other }));
    expect(await again({ email: "other@example.org" })).toEqual(["conflict", ["username"]]);
    expect(await again({ username: "other" })).toEqual(["conflict", ["email"]]);
  });

  it("is for admins who still are", async () => {
    const { actor: user } = await seedPerson(test.db, "user");
    for (const actor of [user, { ...user, role: "admin" as const }])
      expect(await codeOf(createUser(testContext(test.db), actor, wanted))).toBe("forbidden");
    expect(await test.db.select().from(users).where(eq(users.username, "newcomer"))).toEqual([]);
  });
});

describe("listUsers", () => {
  it("pages through everybody, for admins", async () => {
    const { actor: admin } = await seedPerson(test.db, "anna", "admin");
    for (const name of ["bea", "cleo", "dan", "eve"]) await seedPerson(test.db, name);
    const names: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await listUsers(test.db, admin, { cursor, limit: 2 });
      names.push(...page.rows.map((user) => user.username));
      cursor = page.nextCursor ?? undefined;
    } while (cursor);
    expect(names).toEqual(["anna", "bea", "cleo", "dan", "eve"]);
    expect(await codeOf(listUsers(test.db, { ...admin, role: "user" }, { limit: 2 }))).toBe("forbidden");
    expect(await codeOf(listUsers(test.db, admin, { cursor: "bad", limit: 2 }))).toBe("invalid");
  });
});

describe("ensureFirstAdmin", () => {
  const wanted = { username: "admin", email: "admin@example.org", password: testPassword };

  it("makes one, once, even when set-up runs several times at once", async () => {
    const results = await Promise.all(Array.from({ length: 5 }, () => ensureFirstAdmin(test.db, wanted)));
    expect(results.filter((result) => result === "created")).toHaveLength(1);
    expect(await ensureFirstAdmin(test.db, { ...wanted, username: "other" })).toBe("exists");
    expect(await enabledAdmins()).toHaveLength(1);
  });

  it("doesn't promote an ordinary account of that name", async () => {
    await seedPerson(test.db, "admin");
    expect(await codeOf(ensureFirstAdmin(test.db, wanted))).toBe("conflict");
  });
});

describe("resetPassword", () => {
  it("lets in with the new password alone, ends every login and leaves a trail", async () => {
    const { actor } = await seedPerson(test.db, "lost");
    await resetPassword(test.db, "lost", "a wholly new password");
    expect(await test.db.select().from(logins).where(eq(logins.userId, actor.userId))).toEqual([]);
    const signIn = (password: string) => login(testContext(test.db), { login: "lost", password });
    expect(await codeOf(signIn(testPassword))).toBe("unauthenticated");
    expect((await signIn("a wholly new password")).username).toBe("lost");
    const trail = await test.db.select().from(auditLog).where(eq(auditLog.resource, actor.publicId));
    expect(trail.map(({ action }) => action)).toContain("user.resetPassword");
  });

  it("says when there is nobody of that name", async () => {
    expect(await codeOf(resetPassword(test.db, "nobody", testPassword))).toBe("not_found");
  });
});
