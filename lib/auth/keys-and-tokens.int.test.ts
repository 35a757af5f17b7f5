import { eq } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { apiTokens, auditLog, sshKeys } from "@/db/schema";
import { createTestDatabase, type TestDatabase } from "@/db/testing";
import type { AppError } from "@/lib/kernel/errors";
import { authenticate } from "./authenticate";
import { createApiToken, revokeApiToken } from "./commands/api-tokens";
import { addSshKey, removeSshKey } from "./commands/ssh-keys";
import type { AuthPorts } from "./ports";
import { listApiTokens, listSshKeys } from "./queries";
import { newSshPublicKey, seedPerson, testContext } from "./testing";
import { maxSshKeysPerUser, tokenUseResolutionSeconds } from "./tunables";

let test: TestDatabase;
let told: number[] = [];
const ports: AuthPorts = {
  keysChanged: async (_tx, userId) => {
    told.push(userId);
  },
  balanceSet: async () => null,
  allowancesChanged: async () => undefined,
};
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

describe("SSH keys", () => {
  it("are added, listed and removed, telling running sessions each time", async () => {
    const { actor } = await seedPerson(test.db, "ada");
    const publicKey = newSshPublicKey();
    told = [];
    const key = await addSshKey(testContext(test.db), ports, actor, { name: "laptop", publicKey });
    expect(await listSshKeys(test.db, actor)).toEqual([key]);
    const [row] = await test.db.select().from(sshKeys).where(eq(sshKeys.publicId, key.id));
    expect(row?.publicKey).toBe(publicKey.split(" ").slice(0, 2).join(" "));
    await removeSshKey(testContext(test.db), ports, actor, key.id);
    expect(await listSshKeys(test.db, actor)).toEqual([]);
    expect(told).toEqual([actor.userId, actor.userId]);
    const trail = await test.db.select().from(auditLog).where(eq(auditLog.resource, key.id));
    expect(trail.map((entry) => entry.action)).toEqual(["sshKey.add", "sshKey.remove"]);
  });

  it("are nothing without their sessions being told: all in one transaction", async () => {
    const { actor } = await seedPerson(test.db, "atomic");
    const failing: AuthPorts = {
      ...ports,
      keysChanged: () => Promise.reject(new Error("sessions can't be told")),
    };
    await refused(
      addSshKey(testContext(test.db), failing, actor, { name: "x", publicKey: newSshPublicKey() }),
    );
    expect(await listSshKeys(test.db, actor)).toEqual([]);
  });

  it("stand for one person; a duplicate doesn't say whose it is", async () => {
    const { actor: first } = await seedPerson(test.db, "first");
    const { actor: second } = await seedPerson(test.db, "second");
    const publicKey = newSshPublicKey();
    const context = testContext(test.db);
    await addSshKey(context, ports, first, { name: "mine", publicKey });
    const own = await refused(addSshKey(context, ports, first, { name: "again", publicKey }));
    const others = await refused(addSshKey(context, ports, second, { name: "taken", publicKey }));
    expect([own.code, others.code]).toEqual(["conflict", "conflict"]);
    expect(own.message).toContain("mine");
    expect(others.message).not.toMatch(/mine|first/);
  });

  it("of somebody else are not found", async () => {
    const { actor: owner } = await seedPerson(test.db, "owner");
    const { actor: thief } = await seedPerson(test.db, "thief");
    const context = testContext(test.db);
    const key = await addSshKey(context, ports, owner, { name: "k", publicKey: newSshPublicKey() });
    expect((await refused(removeSshKey(context, ports, thief, key.id))).code).toBe("not_found");
    expect(await listSshKeys(test.db, owner)).toHaveLength(1);
  });

  it("are limited, under concurrency too, and not for tokens to manage", async () => {
    const { actor } = await seedPerson(test.db, "collector");
    const context = testContext(test.db);
    const results = await Promise.allSettled(
      Array.from({ length: maxSshKeysPerUser + 6 }, (_, i) =>
        addSshKey(context, ports, actor, { name: `k${i}`, publicKey: newSshPublicKey() }),
      ),
    );
    expect(results.filter((result) => result.status === "fulfilled")).toHaveLength(maxSshKeysPerUser);
    const token = { ...actor, via: "token" as const };
    const error = await refused(
      addSshKey(context, ports, token, { name: "x", publicKey: newSshPublicKey() }),
    );
    expect(error.code).toBe("forbidden");
  });
});

describe("API tokens", () => {
  const bearer = (token: string) => ({ authorization: `Bearer ${token}`, cookie: null, renewal: null });

  it("act as their user, are stored hashed and shown once", async () => {
    const { actor } = await seedPerson(test.db, "tina");
    const made = await createApiToken(testContext(test.db), actor, { name: "ci" });
    expect(made.token).toMatch(/^mf_[A-Za-z0-9_-]{43}$/);
    const identity = await authenticate(test.db, bearer(made.token));
    expect(identity).toMatchObject({ actor: { username: "tina", via: "token" }, loginIdHash: null });
    const [row] = await test.db.select().from(apiTokens).where(eq(apiTokens.publicId, made.id));
    expect(JSON.stringify(row)).not.toContain(made.token);
    expect(JSON.stringify(await listApiTokens(test.db, actor))).not.toContain(made.token);
    expect((await refused(authenticate(test.db, bearer(String(row?.secretHash))))).code).toBe(
      "unauthenticated",
    );
  });

  it("end when revoked or expired, and can't be made for the past", async () => {
    const { actor } = await seedPerson(test.db, "rita");
    const context = testContext(test.db);
    const made = await createApiToken(context, actor, { name: "gone" });
    await revokeApiToken(context, actor, made.id);
    expect((await refused(authenticate(test.db, bearer(made.token)))).code).toBe("unauthenticated");
    expect((await refused(revokeApiToken(context, actor, made.id))).code).toBe("not_found");

    const expiresAt = new Date(Date.now() + 60_000).toISOString();
    const short = await createApiToken(context, actor, { name: "short", expiresAt });
    expect(short.expiresAt).toBe(expiresAt);
    await authenticate(test.db, bearer(short.token));
    await test.db
      .update(apiTokens)
      .set({ expiresAt: new Date(Date.now() - 1000) })
      .where(eq(apiTokens.publicId, short.id));
    expect((await refused(authenticate(test.db, bearer(short.token)))).code).toBe("unauthenticated");

    const past = await refused(
      createApiToken(context, actor, { name: "past", expiresAt: new Date(Date.now() - 1).toISOString() }),
    );
    expect(past.fields).toHaveProperty("expiresAt");
  });

  it("remember their last use to the minute", async () => {
    const { actor } = await seedPerson(test.db, "uma");
    const made = await createApiToken(testContext(test.db), actor, { name: "busy" });
    const lastUse = async () => (await listApiTokens(test.db, actor))[0]?.lastUsedAt;
    expect(await lastUse()).toBeNull();
    await authenticate(test.db, bearer(made.token));
    const first = await lastUse();
    expect(first).not.toBeNull();
    await authenticate(test.db, bearer(made.token));
    expect(await lastUse()).toBe(first);
    const earlier = new Date(Date.now() - (tokenUseResolutionSeconds + 1) * 1000);
    await test.db.update(apiTokens).set({ lastUsedAt: earlier }).where(eq(apiTokens.publicId, made.id));
    await authenticate(test.db, bearer(made.token));
    expect(await lastUse()).not.toBe(earlier.toISOString());
  });

  it("can't be managed by a token, nor another's by anyone", async () => {
    const { actor } = await seedPerson(test.db, "vera");
    const { actor: thief } = await seedPerson(test.db, "walt");
    const context = testContext(test.db);
    const made = await createApiToken(context, actor, { name: "t" });
    const viaToken = { ...actor, via: "token" as const };
    expect((await refused(createApiToken(context, viaToken, { name: "more" }))).code).toBe("forbidden");
    expect((await refused(revokeApiToken(context, viaToken, made.id))).code).toBe("forbidden");
    expect((await refused(revokeApiToken(context, thief, made.id))).code).toBe("not_found");
  });

  it.each(["", "Basic YTpi", "Bearer", "Bearer mf_short", "Bearer x".padEnd(54, "x"), "mf_"])(
    "fail closed for %j, even beside a good cookie",
    async (authorization) => {
      const { context } = await seedPerson(test.db, `both${Math.random().toString(36).slice(2, 8)}`);
      const cookie = context.cookies.header();
      const error = await refused(authenticate(test.db, { authorization, cookie, renewal: null }));
      expect(error.code).toBe("unauthenticated");
    },
  );
});
