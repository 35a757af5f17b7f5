import { eq, sql } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { auditLog, changes, logins, throttles, users } from "@/db/schema";
import { createTestDatabase, type TestDatabase } from "@/db/testing";
import type { AppError } from "@/lib/kernel/errors";
import { authenticate } from "./authenticate";
import { changePassword, login, logout, register } from "./commands/accounts";
import { loginCookieName } from "./lucia";
import type { RequestContext } from "./procedure";
import { seedPerson, type TestContext, testContext, testPassword } from "./testing";
import { loginPerAccount, loginPerAddress, registerPerAddress } from "./tunables";

let test: TestDatabase;
beforeAll(async () => {
  test = await createTestDatabase();
});
afterAll(() => test.close());

async function refused(work: Promise<unknown>): Promise<AppError> {
  return work.then(
    () => Promise.reject(new Error("It was allowed.")),
    (error: AppError) => error,
  );
}

/** The context of a request that comes with this context's cookie. */
async function signedIn(context: TestContext): Promise<RequestContext> {
  const cookie = context.cookies.header();
  const identity = await authenticate(test.db, { authorization: null, cookie, renewal: null });
  return { ...testContext(test.db), ...identity };
}

describe("register", () => {
  it("makes a user, signs in and leaves a trail, but no password", async () => {
    const context = testContext(test.db);
    const view = await register(context, {
      username: "ada",
      email: "ada@example.org",
      password: testPassword,
    });
    expect(view).toMatchObject({ username: "ada", role: "user", canUseInternal: false, disabled: false });
    expect((await signedIn(context)).actor?.username).toBe("ada");
    const trail = await test.db.select().from(auditLog).where(eq(auditLog.resource, view.id));
    expect(trail.map((row) => row.action)).toEqual(["user.register"]);
    expect(await test.db.select().from(changes).where(eq(changes.resource, view.id))).toHaveLength(1);
    const [row] = await test.db.select().from(users).where(eq(users.publicId, view.id));
    expect(row?.passwordHash).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
  });

  it("answers a taken name and a taken email alike", async () => {
    const context = testContext(test.db);
    const byName = await refused(
      register(context, { username: "ada", email: "new@example.org", password: testPassword }),
    );
    const byEmail = await refused(
      register(context, { username: "new", email: "ada@example.org", password: testPassword }),
    );
    expect([byName.code, byEmail.code]).toEqual(["conflict", "conflict"]);
    expect(byName.message).toBe(byEmail.message);
    expect(context.cookies.cookies.size).toBe(0);
  });

  it("gives one of many simultaneous registrations of a name the name", async () => {
    const results = await Promise.allSettled(
      Array.from({ length: 12 }, (_, i) =>
        register(testContext(test.db), {
          username: "race",
          email: `r${i}@example.org`,
          password: testPassword,
        }),
      ),
    );
    expect(results.filter((result) => result.status === "fulfilled")).toHaveLength(1);
  });

  it("is limited by address", async () => {
    const clientAddress = "192.0.2.77";
    const key = await bucketOf(() =>
      refused(
        register(testContext(test.db, { clientAddress }), {
          username: "ada",
          email: "x@example.org",
          password: testPassword,
        }),
      ),
    );
    await test.db
      .update(throttles)
      .set({ attempts: registerPerAddress.attempts })
      .where(eq(throttles.key, key));
    const error = await refused(
      register(testContext(test.db, { clientAddress }), {
        username: "late",
        email: "late@example.org",
        password: testPassword,
      }),
    );
    expect(error.code).toBe("too_many");
    expect(error.retryAfterSeconds).toBeGreaterThan(registerPerAddress.windowSeconds - 60);
  });
});

/** The throttle row that the attempt made. */
async function bucketOf(attempt: () => Promise<unknown>): Promise<string> {
  const before = new Set((await test.db.select().from(throttles)).map((row) => row.key));
  await attempt();
  const made = (await test.db.select().from(throttles)).find((row) => !before.has(row.key));
  if (!made) throw new Error("No new throttle row.");
  return made.key;
}

describe("login", () => {
  it("takes the user name or the email, in any case", async () => {
    await seedPerson(test.db, "grace");
    for (const name of ["grace", "GRACE", "Grace@Example.org"]) {
      const context = testContext(test.db);
      await login(context, { login: name, password: testPassword });
      expect((await signedIn(context)).actor).toMatchObject({ username: "grace", via: "login" });
    }
  });

  it("answers an unknown name and a wrong password alike, in words and in work", async () => {
    await seedPerson(test.db, "linus");
    // Processor time, not the clock's: the hash is nearly all of it, and a busy machine doesn't change it.
    const spent: Record<"known" | "unknown", number[]> = { known: [], unknown: [] };
    const messages = new Set<string>();
    const rounds = loginPerAccount.attempts - 1;
    for (let i = 0; i < rounds; i++) {
      for (const [kind, name] of [
        ["known", "linus"],
        ["unknown", "nobody-here"],
      ] as const) {
        const before = process.cpuUsage();
        const error = await refused(login(testContext(test.db), { login: name, password: "wrong" }));
        const { user, system } = process.cpuUsage(before);
        spent[kind].push(user + system);
        messages.add(`${error.code} ${error.message}`);
      }
    }
    expect(messages.size).toBe(1);
    // The least of each: others have also paid for what Node compiles or collects meanwhile.
    const ratio = Math.min(...spent.unknown) / Math.min(...spent.known);
    // Without the decoy hash the unknown name would take a small part of it.
    expect(ratio).toBeGreaterThan(0.5);
    expect(ratio).toBeLessThan(2);
  });

  it("lets through exactly the limit of simultaneous guesses, whichever way they name the account", async () => {
    await seedPerson(test.db, "barbara");
    const errors = await Promise.all(
      Array.from({ length: 30 }, (_, i) =>
        refused(
          login(testContext(test.db, { clientAddress: `198.51.100.${i}` }), {
            login: i % 2 ? "barbara" : "barbara@example.org",
            password: "wrong",
          }),
        ),
      ),
    );
    const through = errors.filter((error) => error.code === "unauthenticated");
    expect(through).toHaveLength(loginPerAccount.attempts);
    const stopped = errors.filter((error) => error.code === "too_many");
    expect(stopped).toHaveLength(30 - loginPerAccount.attempts);
    for (const error of stopped) expect(error.retryAfterSeconds).toBeGreaterThan(0);
    // The right password is refused as well, by a new process too: the count is in the database.
    const error = await refused(login(testContext(test.db), { login: "barbara", password: testPassword }));
    expect(error.code).toBe("too_many");
    // And taken again when the window is over.
    await test.db.update(throttles).set({ windowStart: sql`window_start - interval 1 hour` });
    await login(testContext(test.db), { login: "barbara", password: testPassword });
  });

  it("counts failures of a whole IPv6 network together", async () => {
    const attempts = Array.from({ length: loginPerAddress.attempts + 3 }, (_, i) =>
      refused(
        login(testContext(test.db, { clientAddress: `2001:db8:5:6::${i.toString(16)}` }), {
          login: `nobody-${i}`,
          password: "wrong",
        }),
      ),
    );
    const codes = (await Promise.all(attempts)).map(({ code }) => code);
    expect(codes.filter((code) => code === "too_many")).toHaveLength(3);
  });

  it("forgets an account's failures at a success, and counts only failures against an address", async () => {
    await seedPerson(test.db, "edsger");
    const context = () => testContext(test.db, { clientAddress: "203.0.113.9" });
    for (let i = 0; i < loginPerAddress.attempts + 5; i++) {
      if (i % 8 === 7) {
        await refused(login(context(), { login: "edsger", password: "wrong" }));
      }
      await login(context(), { login: "edsger", password: testPassword });
    }
  });

  it("refuses a disabled account only to who knows its password", async () => {
    const { actor } = await seedPerson(test.db, "disabled");
    await test.db.update(users).set({ disabledAt: new Date() }).where(eq(users.id, actor.userId));
    const context = testContext(test.db);
    const known = await refused(login(context, { login: "disabled", password: testPassword }));
    const guessed = await refused(login(context, { login: "disabled", password: "wrong" }));
    expect([known.code, guessed.code]).toEqual(["forbidden", "unauthenticated"]);
    expect(context.cookies.cookies.size).toBe(0);
  });

  it("starts a new login each time: a planted id is worth nothing", async () => {
    await seedPerson(test.db, "fixed");
    const context = testContext(test.db);
    context.cookies.set(loginCookieName, "planted", { expires: new Date() });
    await login(context, { login: "fixed", password: testPassword });
    expect(context.cookies.header()).not.toContain("planted");
  });
});

describe("logout", () => {
  it("ends this login and no other", async () => {
    const { context } = await seedPerson(test.db, "two-logins");
    const second = testContext(test.db);
    await login(second, { login: "two-logins", password: testPassword });
    const leaving = await signedIn(context);
    await logout(leaving);
    expect((await signedIn(context)).actor).toBeNull();
    expect((await signedIn(second)).actor?.username).toBe("two-logins");
  });

  it("is fine for nobody", async () => {
    await logout(testContext(test.db));
  });
});

describe("changePassword", () => {
  it("ends the other logins, keeps this one, and the old password is worth nothing", async () => {
    const { actor, context } = await seedPerson(test.db, "changer");
    const other = testContext(test.db);
    await login(other, { login: "changer", password: testPassword });
    await changePassword(await signedIn(context), actor, {
      currentPassword: testPassword,
      newPassword: "another good one",
    });
    expect((await signedIn(context)).actor?.username).toBe("changer");
    expect((await signedIn(other)).actor).toBeNull();
    expect(await test.db.select().from(logins).where(eq(logins.userId, actor.userId))).toHaveLength(1);
    const old = await refused(login(testContext(test.db), { login: "changer", password: testPassword }));
    expect(old.code).toBe("unauthenticated");
    await login(testContext(test.db), { login: "changer", password: "another good one" });
  });

  it("wants the current password, names the field, and is throttled", async () => {
    const { actor, context } = await seedPerson(test.db, "guesser");
    const signed = await signedIn(context);
    const attempt = () =>
      refused(changePassword(signed, actor, { currentPassword: "wrong", newPassword: "another good one" }));
    const first = await attempt();
    expect(first.fields).toHaveProperty("currentPassword");
    const codes = await Promise.all(Array.from({ length: 15 }, async () => (await attempt()).code));
    expect(codes).toContain("too_many");
  });

  it("is not for API tokens", async () => {
    const { actor } = await seedPerson(test.db, "robot");
    const error = await refused(
      changePassword(
        testContext(test.db),
        { ...actor, via: "token" },
        {
          currentPassword: testPassword,
          newPassword: "another good one",
        },
      ),
    );
    expect(error.code).toBe("forbidden");
  });
});
