import { eq, sql } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { notices, scorings, submissions, users } from "@/db/schema";
import { createTestDatabase, type TestDatabase } from "@/db/testing";
import { markAllRead } from "@/lib/notices/commands";
import type { NoticeView } from "@/lib/notices/model";
import { listNotices } from "@/lib/notices/queries";
import { seedUser } from "@/lib/sessions/testing";
import { revealPrivate } from "../commands/competitions";
import type { CommandContext } from "../commands/context";
import { invite, uninvite } from "../commands/invites";
import { retryScoring } from "../commands/retry";
import { claimOne, scoreNext, seedCompetition, seedEvaluation, submit } from "../testing";
import { queueRescorings } from "./recover";
import { settleScoring } from "./settle";
import { announceScored } from "./tell";

let database: TestDatabase;
let admin: CommandContext;

beforeAll(async () => {
  database = await createTestDatabase();
  admin = await seedUser(db(), { role: "admin", canUseInternal: true });
});
afterAll(() => database.close());

const db = () => database.db;

async function told(who: CommandContext): Promise<NoticeView[]> {
  return (await listNotices(db(), who.actor, { limit: 50 })).data;
}

const problem = { detail: "Line 21: “probability” is 1.2.", rule: "probability-out-of-range", line: 21 };

async function reject(): Promise<string> {
  const claim = await claimOne(db());
  await settleScoring(db(), claim, { outcome: "rejected", problem, scorer: "1.0.0", durationMs: 3 });
  return claim.submission;
}

async function fail(): Promise<string> {
  const claim = await claimOne(db());
  await settleScoring(db(), claim, { outcome: "failed", failure: "It fell over.", retry: false });
  return claim.submission;
}

/** As if it had been sent in so long ago. */
const acceptedAgo = (id: string, seconds: number) =>
  db()
    .update(submissions)
    .set({ acceptedAt: sql`utc_timestamp(6) - interval ${seconds} second` })
    .where(eq(submissions.publicId, id));

describe("a verdict", () => {
  test("that rejects names the case, where its words do not", async () => {
    const who = await seedUser(db());
    const { slug } = await seedCompetition(admin);
    const common = { outcome: "rejected", scorer: "1.0.0", durationMs: 3 } as const;
    const damaged = {
      detail: "The zip's entry for this case is damaged.",
      rule: "archive-damaged",
      case: "m7",
    };
    await submit(who, slug);
    await settleScoring(db(), await claimOne(db()), { ...common, problem: damaged });
    const detail = "Case m7: The zip's entry for this case is damaged.";
    expect(await told(who)).toMatchObject([{ content: { kind: "submission_rejected", detail } }]);
  });

  test("that rejects is told with its line; more of them as one, until it was read", async () => {
    const who = await seedUser(db());
    const { slug } = await seedCompetition(admin);
    const first = await submit(who, slug);
    await reject();
    expect(await told(who)).toMatchObject([
      {
        title: "predictions.csv was rejected at line 21",
        href: `/competitions/${slug}/submissions/${first}`,
        surface: "external",
        content: { kind: "submission_rejected", count: 1, detail: problem.detail },
      },
    ]);
    // Two at once: neither is counted wrong.
    for (let n = 0; n < 2; n++) await submit(who, slug);
    const claims = [await claimOne(db()), await claimOne(db())];
    const verdict = { outcome: "rejected", problem, scorer: "1.0.0", durationMs: 3 } as const;
    await Promise.all(claims.map((claim) => settleScoring(db(), claim, verdict)));
    const [all, ...others] = await told(who);
    expect([all?.title, others]).toEqual(["3 submissions were rejected", []]);
    expect(all?.href).toBe(`/competitions/${slug}/submissions`);

    await markAllRead(who, all?.id ?? "");
    await submit(who, slug);
    await reject();
    expect((await told(who)).map(({ content }) => "count" in content && content.count)).toEqual([1, 3]);
  });

  test("that scores is told of only where somebody had to wait for it", async () => {
    const who = await seedUser(db());
    const { slug } = await seedCompetition(admin, { exposure: "internal" });
    await db().update(users).set({ canUseInternal: true }).where(eq(users.id, who.actor.userId));
    await submit(who, slug, "internal");
    await scoreNext(db(), { public: 0.9 });
    expect(await told(who)).toEqual([]);
    const late = await submit(who, slug, "internal");
    await acceptedAgo(late, 61);
    await scoreNext(db(), { public: 0.9 });
    expect(await told(who)).toMatchObject([
      {
        title: "predictions.csv was scored",
        surface: "internal",
        tone: "ok",
        content: { submissionId: late },
      },
    ]);
  });

  test("that fails on our side is told once, and so is the score after it", async () => {
    const who = await seedUser(db());
    const { slug } = await seedCompetition(admin);
    const id = await submit(who, slug);
    await fail();
    const kindsOf = async () => (await told(who)).map(({ content }) => content.kind);
    expect(await kindsOf()).toEqual(["submission_failed"]);
    await retryScoring(admin, id);
    await fail();
    expect(await kindsOf()).toEqual(["submission_failed"]);
    await retryScoring(admin, id);
    await scoreNext(db(), { public: 0.9 });
    expect(await kindsOf()).toEqual(["submission_scored", "submission_failed"]);
  });

  test("that fails on our side is told to administrators, by evaluation once until they have read it", async () => {
    const boss = await seedUser(db(), { role: "admin" });
    const theirs = async (slug: string) =>
      (await told(boss)).filter(({ content }) => "slug" in content && content.slug === slug);
    const [{ slug }, inside] = [
      await seedCompetition(admin),
      await seedCompetition(admin, { exposure: "internal" }),
    ];
    const who = await seedUser(db(), { canUseInternal: true });
    for (let n = 0; n < 4; n++) await submit(who, slug);
    const claims = [await claimOne(db()), await claimOne(db()), await claimOne(db())];
    const verdict = { outcome: "failed", failure: "It fell over\nat line 3", retry: false } as const;
    await Promise.all(claims.map((claim) => settleScoring(db(), claim, verdict)));
    const [first, ...others] = await theirs(slug);
    expect([first, others]).toMatchObject([
      { title: `A submission to Contest ${slug} could not be scored`, href: "/admin/scoring", tone: "bad" },
      [],
    ]);
    expect(first?.body).toContain("By evaluation 1: It fell over.");
    await markAllRead(boss, first?.id ?? "");
    await fail();
    expect((await theirs(slug)).map(({ readAt }) => readAt !== null)).toEqual([false, true]);
    await submit(who, inside.slug, "internal");
    await fail();
    expect(await theirs(inside.slug)).toEqual([]);
    expect((await told(admin))[0]).toMatchObject({ content: { kind: "scoring_failed", slug: inside.slug } });
  });
});

test("an opened private split is told to whoever took part and may still see it, once", async () => {
  const { slug } = await seedCompetition(admin, { settings: { visibility: "invite" } });
  const [stays, left, disabled, onlooker] = await Promise.all(
    Array.from({ length: 4 }, () => seedUser(db())),
  );
  for (const who of [stays, left, disabled, onlooker]) {
    if (!who) throw new Error("Nobody.");
    await invite(admin, { slug, userId: who.actor.publicId });
    if (who === onlooker) continue;
    await submit(who, slug);
    await scoreNext(db(), { public: 0.5 });
  }
  await uninvite(admin, { slug, userId: left?.actor.publicId ?? "" });
  await db()
    .update(users)
    .set({ disabledAt: new Date() })
    .where(eq(users.id, disabled?.actor.userId ?? 0));
  await Promise.all([1, 2, 3].map(() => revealPrivate(admin, { slug })));
  const all = await db()
    .select()
    .from(notices)
    .where(eq(notices.dedupeKey, sql`${notices.dedupeKey}`));
  const revealed = all.filter(({ content }) => content.kind === "private_revealed");
  expect(revealed.map(({ userId }) => userId)).toEqual([stays?.actor.userId]);
});

test("a new evaluation that has scored everything is told once, with what it rejected of one's own", async () => {
  const { slug } = await seedCompetition(admin);
  const [ana, eve] = [await seedUser(db()), await seedUser(db())];
  for (const who of [ana, eve, eve]) {
    await submit(who, slug);
    await scoreNext(db(), { public: 0.5 });
  }
  await seedEvaluation(admin, slug);
  expect(await announceScored(db())).toBe(0);
  while ((await queueRescorings(db())) > 0);
  expect(await announceScored(db())).toBe(0);
  const [last] = await db().select().from(submissions).where(eq(submissions.userId, eve.actor.userId));
  await scoreNext(db(), { public: 0.5 });
  await reject();
  expect(await announceScored(db())).toBe(0);
  await scoreNext(db(), { public: 0.5 });
  const announced = await Promise.all(Array.from({ length: 4 }, () => announceScored(db())));
  expect(announced.reduce((sum, one) => sum + one, 0)).toBe(1);
  expect(await announceScored(db())).toBe(0);
  const contents = async (who: CommandContext) => (await told(who)).map(({ content }) => content);
  const about = { kind: "evaluation_scored", slug, exposure: "external", number: 2 };
  expect(await contents(ana)).toMatchObject([{ ...about, rejected: 0 }]);
  expect(await contents(eve)).toMatchObject([{ ...about, rejected: 1 }]);
  const of = eq(scorings.submissionId, last?.id ?? 0);
  expect((await db().select().from(scorings).where(of)).map(({ state }) => state)).toContain("SCORED");
});
