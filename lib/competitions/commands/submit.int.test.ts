import { and, eq } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { auditLog, scorings, submissions, users } from "@/db/schema";
import { createTestDatabase, type TestDatabase } from "@/db/testing";
import { AppError, errorText } from "@/lib/kernel/errors";
import { seedUser } from "@/lib/sessions/testing";
import { queueRescorings } from "../lifecycle/recover";
import { settleScoring } from "../lifecycle/settle";
import { mostWaiting } from "../rules";
import { claimOne, scoreNext, seedCompetition, seedEvaluation, sha256Of, submit } from "../testing";
import { updateCompetition } from "./competitions";
import type { CommandContext } from "./context";
import { invite, uninvite } from "./invites";
import { retryScoring } from "./retry";
import { acceptSubmission } from "./submit";

let database: TestDatabase;
let admin: CommandContext;

beforeAll(async () => {
  database = await createTestDatabase();
  admin = await seedUser(db(), { role: "admin", canUseInternal: true });
});
afterAll(() => database.close());

const db = () => database.db;

async function conflictOf(work: Promise<unknown>): Promise<string> {
  const error = await work.then(
    () => null,
    (failure: unknown) => failure,
  );
  expect(error, "it is refused").toBeInstanceOf(AppError);
  const { code, conflict } = error as AppError;
  return conflict ?? code;
}

function upload(slug: string, uploadId: string, content = uploadId) {
  return { slug, uploadId, filename: "p.csv", bytes: 100, sha256: sha256Of(content) };
}

const submittedStates = async (who: CommandContext) =>
  (await db().select().from(scorings).where(eq(scorings.userId, who.actor.userId))).map(({ state }) => state);

const submittedBy = (who: CommandContext) =>
  db().select().from(submissions).where(eq(submissions.userId, who.actor.userId));

describe("of 20 at once", () => {
  test.each([
    ["daily", { dailyLimit: 3, totalLimit: null }],
    ["total", { dailyLimit: null, totalLimit: 3 }],
    ["either", { dailyLimit: 5, totalLimit: 3 }],
  ])("no more than the %s limit leaves get in", async (_, settings) => {
    const { slug } = await seedCompetition(admin, { settings });
    const who = await seedUser(db());
    const tries = await Promise.allSettled(Array.from({ length: 20 }, () => submit(who, slug)));
    const refused = tries.filter((one) => one.status === "rejected").map(({ reason }) => errorText(reason));
    expect(refused).toHaveLength(17);
    for (const reason of refused) expect(reason).toMatch(/^You have made 3 submissions/);
    expect(await submittedBy(who)).toHaveLength(3);
    const queued = and(eq(scorings.userId, who.actor.userId), eq(scorings.state, "QUEUED"));
    expect(await db().select().from(scorings).where(queued)).toHaveLength(3);
  });

  test("no more wait than may, where there is no limit; a verdict makes room for the next", async () => {
    const { slug } = await seedCompetition(admin);
    const who = await seedUser(db());
    const tries = await Promise.allSettled(Array.from({ length: mostWaiting + 10 }, () => submit(who, slug)));
    const refused = tries.flatMap((one) => (one.status === "rejected" ? [one.reason] : []));
    expect(refused).toHaveLength(10);
    for (const reason of refused) {
      expect(reason).toMatchObject({ code: "too_many", retryAfterSeconds: expect.any(Number) });
      expect(errorText(reason)).toMatch(/^20 of your submissions to .* wait for their scores/);
    }
    const waiting = async () => (await submittedStates(who)).filter((state) => state === "QUEUED").length;
    while ((await waiting()) === mostWaiting) await scoreNext(db(), { public: 0.5 });
    await submit(who, slug);
    await expect(submit(who, slug)).rejects.toMatchObject({ code: "too_many" });
    while ((await waiting()) > 0) await scoreNext(db(), { public: 0.5 });
  });

  test("of one upload, one is a submission and all are told which", async () => {
    const { slug } = await seedCompetition(admin, { settings: { totalLimit: 1 } });
    const who = await seedUser(db());
    const input = upload(slug, "upload-again");
    const tries = Array.from({ length: 20 }, () => acceptSubmission(who, "external", input));
    const accepted = await Promise.all(tries);
    expect(new Set(accepted.map(({ id }) => id)).size).toBe(1);
    expect(accepted.filter(({ created }) => created)).toHaveLength(1);
    const [row] = await submittedBy(who);
    const audited = and(eq(auditLog.action, "submission.accept"), eq(auditLog.resource, row?.publicId ?? ""));
    expect(await db().select().from(auditLog).where(audited)).toHaveLength(1);
  });

  test("of different people, none waits for another's quota", async () => {
    const { slug } = await seedCompetition(admin, { settings: { totalLimit: 1 } });
    const people = await Promise.all(Array.from({ length: 20 }, () => seedUser(db())));
    await Promise.all(people.map((who) => submit(who, slug)));
    for (const who of people) expect(await submittedBy(who)).toHaveLength(1);
  });
});

test("an upload's id can't stand for another file, nor in another competition", async () => {
  const [one, two] = [await seedCompetition(admin), await seedCompetition(admin)];
  const who = await seedUser(db());
  await acceptSubmission(who, "external", upload(one.slug, "upload-1"));
  for (const other of [upload(one.slug, "upload-1", "else"), upload(two.slug, "upload-1")])
    expect(await conflictOf(acceptSubmission(who, "external", other))).toBe("taken");
  const race = [one, two].map(({ slug }) => acceptSubmission(who, "external", upload(slug, "upload-2")));
  expect((await Promise.allSettled(race)).map(({ status }) => status).sort()).toEqual([
    "fulfilled",
    "rejected",
  ]);
  expect(await submittedBy(who)).toHaveLength(2);
  const someone = await seedUser(db());
  expect(await acceptSubmission(someone, "external", upload(one.slug, "upload-1"))).toMatchObject({
    created: true,
  });
});

describe("the quota", () => {
  test("is given back by what is rejected or failed, and by nothing else", async () => {
    await drain();
    const { slug } = await seedCompetition(admin, { settings: { totalLimit: 1 } });
    const who = await seedUser(db());
    await submit(who, slug);
    const problem = { detail: "Line 2 is wrong.", rule: "number", line: 2 };
    await settleScoring(db(), await claimOne(db()), {
      outcome: "rejected",
      problem,
      scorer: "1.0.0",
      durationMs: 1,
    });
    await submit(who, slug);
    expect(await conflictOf(submit(who, slug))).toBe("limit_reached");
    const failed = await claimOne(db());
    await settleScoring(db(), failed, { outcome: "failed", failure: "no memory", retry: false });
    await submit(who, slug);
    await scoreNext(db(), { public: 0.9 });
    expect(await conflictOf(submit(who, slug))).toBe("limit_reached");
    // An admin's retry counts again, beyond the limit if need be.
    await retryScoring(admin, failed.submission);
    expect(await conflictOf(retryScoring(admin, failed.submission))).toBe("changed_meanwhile");
    await scoreNext(db(), { public: 0.8 });
  });

  test("goes by the first scoring: a later evaluation gives nothing back", async () => {
    await drain();
    const { slug } = await seedCompetition(admin, { settings: { totalLimit: 1 } });
    const who = await seedUser(db());
    await submit(who, slug);
    await scoreNext(db(), { public: 0.9 });
    await seedEvaluation(admin, slug);
    while ((await queueRescorings(db())) > 0);
    const problem = { detail: "Unknown id.", rule: "unknown-id" };
    await settleScoring(db(), await claimOne(db()), {
      outcome: "rejected",
      problem,
      scorer: "1.0.0",
      durationMs: 1,
    });
    expect(await conflictOf(submit(who, slug))).toBe("limit_reached");
  });

  test("of a day begins anew with the next", async () => {
    const { slug } = await seedCompetition(admin, { settings: { dailyLimit: 1 } });
    const who = await seedUser(db());
    const id = await submit(who, slug);
    expect(await conflictOf(submit(who, slug))).toBe("limit_reached");
    await db().update(submissions).set({ localDay: "2020-02-29" }).where(eq(submissions.publicId, id));
    await submit(who, slug);
  });
});

/** Nothing of an earlier test is claimed. */
async function drain(): Promise<void> {
  await db().update(scorings).set({ state: "FAILED" }).where(eq(scorings.state, "QUEUED"));
}

describe("nothing is accepted", () => {
  test("before it is published, before it opens, once it is closed, or beyond its size", async () => {
    const who = await seedUser(db());
    const hidden = await seedCompetition(admin, { published: false });
    expect(await conflictOf(submit(who, hidden.slug))).toBe("not_found");
    expect(await conflictOf(submit(admin, hidden.slug))).toBe("closed");
    const { slug } = await seedCompetition(admin, { settings: { maxUploadBytes: 99 } });
    expect(await conflictOf(submit(who, slug))).toBe("too_large");
    await updateCompetition(admin, { slug, maxUploadBytes: 100 });
    await submit(who, slug);
    await updateCompetition(admin, { slug, closesAt: new Date(Date.now() - 1_000).toISOString() });
    expect(await conflictOf(submit(who, slug))).toBe("closed");
    const opensAt = new Date(Date.now() + 60_000).toISOString();
    await updateCompetition(admin, { slug, closesAt: null, opensAt });
    expect(await conflictOf(submit(who, slug))).toBe("closed");
    await updateCompetition(admin, { slug, opensAt: null });
    await submit(who, slug);
  });

  test("of whoever is not invited, or no longer", async () => {
    const { slug } = await seedCompetition(admin, { settings: { visibility: "invite" } });
    const who = await seedUser(db());
    expect(await conflictOf(submit(who, slug))).toBe("not_found");
    await invite(admin, { slug, userId: who.actor.publicId });
    await submit(who, slug);
    await uninvite(admin, { slug, userId: who.actor.publicId });
    expect(await conflictOf(submit(who, slug))).toBe("not_found");
  });

  test("of an internal competition on the external side, or without the grant as it is now", async () => {
    const { slug } = await seedCompetition(admin, { exposure: "internal" });
    const who = await seedUser(db(), { canUseInternal: true });
    expect(await conflictOf(submit(who, slug))).toBe("not_found");
    await submit(who, slug, "internal");
    await db().update(users).set({ canUseInternal: false }).where(eq(users.id, who.actor.userId));
    expect(await conflictOf(submit(who, slug, "internal"))).toBe("not_found");
    const plainAdmin = await seedUser(db(), { role: "admin" });
    expect(await conflictOf(submit(plainAdmin, slug, "internal"))).toBe("not_found");
  });

  test("of an account that was disabled during its upload", async () => {
    const { slug } = await seedCompetition(admin);
    const who = await seedUser(db());
    await db().update(users).set({ disabledAt: new Date() }).where(eq(users.id, who.actor.userId));
    expect(await conflictOf(submit(who, slug))).toBe("forbidden");
  });
});

test("acceptance is kept to the microsecond, and is later for the later", async () => {
  const { slug } = await seedCompetition(admin);
  const who = await seedUser(db());
  for (let n = 0; n < 5; n++) await submit(who, slug);
  const times = (await submittedBy(who)).sort((a, b) => a.id - b.id).map(({ acceptedAt }) => acceptedAt);
  for (const at of times) expect(at).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/);
  expect([...times].sort()).toEqual(times);
  expect(new Set(times).size).toBe(5);
});
