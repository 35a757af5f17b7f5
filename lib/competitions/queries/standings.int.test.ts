import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { sql } from "drizzle-orm";
import { afterAll, beforeAll, expect, it } from "vitest";
import { submissions } from "@/db/schema";
import { createTestDatabase, migrationsFolder, type TestDatabase } from "@/db/testing";
import { seedPerson } from "@/lib/auth/testing";
import { acceptBaseline } from "../commands/baseline";
import type { CommandContext } from "../commands/context";
import { leaderboardInput } from "../model";
import { scoreNext, seedCompetition, seedEvaluation, sha256Of, submit } from "../testing";
import { getCompetition, listCompetitions } from "./catalogue";
import { listLeaderboard } from "./leaderboard";
import { listManaged } from "./managed";
import { listRankings } from "./rankings";

let test: TestDatabase;
let boss: CommandContext;
let ana: CommandContext;
let eve: CommandContext;

async function person(name: string, role: "user" | "admin" = "user"): Promise<CommandContext> {
  const { actor, context } = await seedPerson(test.db, name, role);
  return { ...context, actor };
}

beforeAll(async () => {
  test = await createTestDatabase();
  [boss, ana, eve] = [await person("boss", "admin"), await person("ana"), await person("eve")];
});

afterAll(() => test.close());

it("lists of competitions say how many are ranked on each, and where the viewer is", async () => {
  const [first, second, bare] = [
    await seedCompetition(boss),
    await seedCompetition(boss),
    await seedCompetition(boss),
  ];
  await submit(ana, first.slug);
  await scoreNext(test.db, { public: 0.6, private: 0.9 });
  await submit(eve, first.slug);
  await scoreNext(test.db, { public: 0.8, private: 0.1 });
  await submit(ana, second.slug);
  await scoreNext(test.db, { public: 0.7 });

  const standingsFor = async ({ actor }: CommandContext) => {
    const { data } = await listCompetitions(test.db, actor, "external", { limit: 50 });
    return Object.fromEntries(data.map(({ slug, entrants, mine }) => [slug, { entrants, mine }]));
  };
  expect(await standingsFor(ana)).toEqual({
    [first.slug]: { entrants: 2, mine: { rank: 2, score: 0.6 } },
    [second.slug]: { entrants: 1, mine: { rank: 1, score: 0.7 } },
    [bare.slug]: { entrants: 0, mine: null },
  });
  expect(await standingsFor(eve)).toMatchObject({
    [first.slug]: { entrants: 2, mine: { rank: 1, score: 0.8 } },
    [second.slug]: { entrants: 1, mine: null },
  });
  const zone = "UTC";
  const one = await getCompetition(test.db, ana.actor, "external", { slug: first.slug, zone });
  expect(one).toMatchObject({ entrants: 2, mine: { rank: 2, score: 0.6 } });
});

it("a baseline has its row on the board, marked, and no place in the rankings", async () => {
  const { slug } = await seedCompetition(boss);
  const [first, second] = [await person("first"), await person("second")];
  for (const [who, score] of [[first, 0.9] as const, [second, 0.8] as const]) {
    await submit(who, slug);
    await scoreNext(test.db, { public: score });
  }
  const file = { filename: "baseline_submission.csv", bytes: 3, sha256: sha256Of(slug) };
  await acceptBaseline(boss, { slug, exposure: "external" }, file);
  await scoreNext(test.db, { public: 0.95 });
  const board = async () => {
    const which = leaderboardInput.parse({ slug, split: "public" });
    const { data } = await listLeaderboard(test.db, ana.actor, "external", which);
    return data.map(({ rank, username, baseline }) => `${rank} ${username} ${baseline}`);
  };
  const marked = ["1 boss true", "2 first false", "3 second false"];
  expect(await board()).toEqual(marked);
  const { data } = await listRankings(test.db, ana.actor, "external", { limit: 50 });
  const ours = data.filter(({ username }) => ["boss", "first", "second"].includes(username));
  // Of two: 100 · log10(1 + log10(2)) for the first, of that 2^-0.75 for the second.
  expect(ours.map(({ username, points, bestRank }) => [username, points, bestRank])).toEqual([
    ["first", 11.43, 1],
    ["second", 6.8, 2],
  ]);

  // What a lab has from before there was the mark gets it, and nothing else does.
  await test.db.update(submissions).set({ baseline: false });
  const migration = await readFile(join(migrationsFolder, "0016_baseline.sql"), "utf8");
  await test.db.execute(sql.raw(migration.split("--> statement-breakpoint")[1] ?? ""));
  expect(await board()).toEqual(marked);
});

it("administrators see each competition with its own newest evaluation, and nobody else does", async () => {
  const [one, other] = [await seedCompetition(boss), await seedCompetition(boss, { published: false })];
  const newest = await seedEvaluation(boss, one.slug);
  await submit(ana, one.slug);
  const { data } = await listManaged(test.db, boss.actor, { limit: 2 });
  expect(
    data.map(({ slug, newestEvaluation, submissions }) => ({
      slug,
      evaluation: newestEvaluation?.id,
      number: newestEvaluation?.number,
      submissions,
    })),
  ).toEqual([
    { slug: other.slug, evaluation: other.evaluation, number: 1, submissions: 0 },
    { slug: one.slug, evaluation: newest, number: 2, submissions: 1 },
  ]);
  await expect(listManaged(test.db, ana.actor, { limit: 2 })).rejects.toMatchObject({ code: "forbidden" });
});

it("what is internal is in the administrators' list with the grant alone", async () => {
  const inside = await seedCompetition(boss, { exposure: "internal" });
  const slugsFor = async (canUseInternal: boolean) => {
    const { data } = await listManaged(test.db, { ...boss.actor, canUseInternal }, { limit: 50 });
    return data.map(({ slug }) => slug);
  };
  expect(await slugsFor(true)).toContain(inside.slug);
  expect(await slugsFor(false)).not.toContain(inside.slug);
});
