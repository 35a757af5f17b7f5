import { afterAll, beforeAll, expect, it } from "vitest";
import { createTestDatabase, type TestDatabase } from "@/db/testing";
import { seedPerson } from "@/lib/auth/testing";
import type { CommandContext } from "../commands/context";
import { scoreNext, seedCompetition, seedEvaluation, submit } from "../testing";
import { getCompetition, listCompetitions } from "./catalogue";
import { listManaged } from "./managed";

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
