import { eq } from "drizzle-orm";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { logins, users } from "@/db/schema";
import { createTestDatabase, type TestDatabase } from "@/db/testing";
import { authenticate } from "./authenticate";
import { sha256Hex } from "./hashes";
import { loginCookieName, sweepLogins } from "./lucia";
import { MemoryJar, seedPerson } from "./testing";
import { loginHours } from "./tunables";

let test: TestDatabase;
let names = 0;
beforeAll(async () => {
  test = await createTestDatabase();
});
afterAll(() => test.close());
// Only Date: the database's driver needs real timers.
beforeEach(() => void vi.useFakeTimers({ toFake: ["Date"] }));
afterEach(() => void vi.useRealTimers());

const hour = 3_600_000;

async function person() {
  const { actor, context } = await seedPerson(test.db, `user${++names}`);
  const cookie = context.cookies.header();
  const rawId = cookie.slice(loginCookieName.length + 1);
  const rows = () => test.db.select().from(logins).where(eq(logins.userId, actor.userId));
  const use = async (renewal: MemoryJar | null = new MemoryJar()) => {
    const identity = await authenticate(test.db, { authorization: null, cookie, renewal });
    return { signedIn: identity.actor !== null, renewal };
  };
  return { actor, rawId, rows, use, expires: context.cookies.cookies.get(loginCookieName)?.expires };
}

describe("a login", () => {
  it("is stored by its hash alone, for twelve hours", async () => {
    const { rawId, rows, expires } = await person();
    const [row] = await rows();
    expect(row?.idHash).toBe(sha256Hex(rawId));
    expect(expires?.getTime()).toBe(Date.now() + loginHours * hour);
    expect(row?.expiresAt.getTime()).toBe(expires?.getTime());
  });

  it("is left alone in its first half", async () => {
    const { use, rows } = await person();
    const before = await rows();
    vi.setSystemTime(Date.now() + (loginHours / 2) * hour - 1000);
    const { signedIn, renewal } = await use();
    expect(signedIn).toBe(true);
    expect(renewal?.cookies.size).toBe(0);
    expect(await rows()).toEqual(before);
  });

  it("is renewed past half of its life: same id, same single row, cookie sent again, still good later", async () => {
    const { rawId, use, rows } = await person();
    for (let renewals = 0; renewals < 3; renewals++) {
      vi.setSystemTime(Date.now() + 7 * hour);
      const { signedIn, renewal } = await use();
      expect(signedIn).toBe(true);
      const sent = renewal?.cookies.get(loginCookieName);
      expect(sent).toEqual({ value: rawId, expires: new Date(Date.now() + loginHours * hour) });
      const kept = await rows();
      expect(kept.map((row) => row.idHash)).toEqual([sha256Hex(rawId)]);
      expect(kept[0]?.expiresAt).toEqual(sent?.expires);
    }
  });

  it("is not renewed where the cookie can't be sent, so that row and cookie end together", async () => {
    const { use, rows } = await person();
    const before = await rows();
    vi.setSystemTime(Date.now() + 7 * hour);
    expect((await use(null)).signedIn).toBe(true);
    expect(await rows()).toEqual(before);
  });

  it("is over after twelve hours, and its row goes", async () => {
    const { use, rows } = await person();
    vi.setSystemTime(Date.now() + loginHours * hour + 1000);
    expect((await use()).signedIn).toBe(false);
    expect(await rows()).toEqual([]);
  });

  it("survives many requests at once past half of its life", async () => {
    const { use, rows } = await person();
    vi.setSystemTime(Date.now() + 7 * hour);
    const all = await Promise.all(Array.from({ length: 10 }, () => use()));
    expect(all.every(({ signedIn }) => signedIn)).toBe(true);
    expect(await rows()).toHaveLength(1);
  });

  it("doesn't admit a disabled user", async () => {
    const { actor, use } = await person();
    await test.db.update(users).set({ disabledAt: new Date() }).where(eq(users.id, actor.userId));
    expect((await use()).signedIn).toBe(false);
  });

  it("can't be entered with the stored hash", async () => {
    const { rows } = await person();
    const [row] = await rows();
    const cookie = `${loginCookieName}=${row?.idHash}`;
    const identity = await authenticate(test.db, { authorization: null, cookie, renewal: null });
    expect(identity.actor).toBeNull();
  });

  it("is swept once it has run out", async () => {
    const { rows } = await person();
    vi.setSystemTime(Date.now() + loginHours * hour + 1000);
    await sweepLogins(test.db);
    expect(await rows()).toEqual([]);
  });
});
