import { asc, eq, sql } from "drizzle-orm";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { connectDb, type Db } from "@/db/client";
import { gpus, labSettings, nodes, sessions, slotSightings, slots, slotUsage, weeks } from "@/db/schema";
import { createTestDatabase, type TestDatabase } from "@/db/testing";
import { required } from "@/lib/kernel/assert";
import { cleanUpWeeks } from "@/lib/schedule/commands/weeks";
import { slotBegin, slotMs, weekOf } from "@/lib/schedule/rules";
import { settleWeeks } from "@/lib/schedule/zone";
import { launchSession } from "@/lib/sessions/commands/launch";
import { seedLab, seedUser, type TestLab } from "@/lib/sessions/testing";
import type { CommandContext } from "@/lib/workspaces/commands";
import { closeHours, condenseWeeks } from "./close";
import { getLiveStatus } from "./queries/live";
import { getUsage, usagePages } from "./queries/weeks";
import { recordLooks, recordPrograms } from "./record";
import { outsideName } from "./rules";
import { hoursBefore, lookedBefore, zoneAwayFromHour } from "./testing";
import { hoursAtOnce, mostPeople, seenNowMs } from "./tunables";

const zone = zoneAwayFromHour(new Date());

let database: TestDatabase;
let lab: TestLab;
let gpuIds: number[];
let [ana, ben, boss] = [] as unknown as [CommandContext, CommandContext, CommandContext];

beforeAll(async () => {
  database = await createTestDatabase();
  lab = await seedLab(db(), { gpus: 4 });
  await settleWeeks(db(), zone);
  const rows = await db().select({ id: gpus.id }).from(gpus).orderBy(asc(gpus.deviceIndex));
  gpuIds = rows.map(({ id }) => id);
  ana = await seedUser(db());
  ben = await seedUser(db());
  boss = await seedUser(db(), { role: "admin" });
});
afterAll(() => database.close());
beforeEach(async () => {
  await db().delete(slotUsage);
  await db().delete(slots);
  await db().update(sessions).set({ state: "STOPPED", endedAt: new Date() });
});

const db = () => database.db;
const gpu = (index: number) => required(gpuIds[index], `GPU ${index}`);
const uuid = (index: number) => required(lab.gpuUuids[index], `GPU ${index}`);
const name = ({ actor }: CommandContext) => actor.username;
const thisHour = () => slotBegin(new Date(), zone);
const look = (index: number, ...people: string[]) => recordLooks(db(), [{ gpuId: gpu(index), people }]);

const hourOf = async (index: number) => {
  const [row] = await db()
    .select()
    .from(slotUsage)
    .where(eq(slotUsage.gpuId, gpu(index)));
  return required(row, "the hour");
};
const seen = async (index: number) => {
  const rows = await db()
    .select({ person: slotSightings.person, samples: slotSightings.samples })
    .from(slotSightings)
    .where(eq(slotSightings.gpuId, gpu(index)))
    .orderBy(asc(slotSightings.person));
  return Object.fromEntries(rows.map(({ person, samples }) => [person, samples]));
};

/** Somebody holds an hour, counted from the present one. */
async function holds(who: CommandContext, index: number, later = 0): Promise<void> {
  const startsAt = new Date(thisHour().getTime() + later * slotMs);
  const week = weekOf(startsAt, zone).key;
  const held = { state: "sold", userId: who.actor.userId, price: 1, n: 1 } as const;
  await db()
    .insert(slots)
    .values({ gpuId: gpu(index), startsAt, week, ...held });
}

describe("a look", () => {
  test("counts once a minute, whoever looks how often, and so does each person it sees", async () => {
    await look(0, "ana");
    await look(0, "ana", "ana");
    await look(0, "ben");
    await look(0);
    expect(await hourOf(0)).toMatchObject({ samples: 1, busySamples: 1, startsAt: thisHour() });
    expect(await seen(0)).toEqual({ ana: 1, ben: 1 });
    await lookedBefore(db(), 60);
    await look(0, "ana");
    await lookedBefore(db(), 60);
    await look(0);
    expect(await hourOf(0)).toMatchObject({ samples: 3, busySamples: 2 });
    expect(await seen(0)).toEqual({ ana: 2, ben: 1 });
  });

  test("of the agent finds a session's programs to be its owner's, on whichever GPU, and says of others that they are there", async () => {
    const slug = await launchSession(ana, "external", {});
    const programs = [
      { gpuUuid: uuid(0), slug },
      { gpuUuid: uuid(0), slug },
      { gpuUuid: uuid(1), slug },
      { gpuUuid: uuid(1), slug: null },
      { gpuUuid: uuid(2), slug: "gone2345" },
    ];
    // As of two workers, and of a monitor that sees the same and more.
    await Promise.all([
      recordPrograms(db(), lab.nodeId, programs),
      recordPrograms(db(), lab.nodeId, programs),
    ]);
    await look(1, name(ana), "root");
    expect(await seen(0)).toEqual({ [name(ana)]: 1 });
    expect(await seen(1)).toEqual({ [outsideName]: 1, [name(ana)]: 1, root: 1 });
    expect(await seen(2)).toEqual({ [outsideName]: 1 });
    expect(await hourOf(3)).toMatchObject({ samples: 1, busySamples: 0, busyAt: null });
  });

  test("that is written after a later one takes nothing back", async () => {
    await look(0, "ana");
    await lookedBefore(db(), -30);
    const later = await hourOf(0);
    await look(0, "ana");
    expect(await hourOf(0)).toEqual(later);
    expect(await seen(0)).toEqual({ ana: 1 });
  });

  test("many at once, in whatever order, end, and count as one", async () => {
    const all = gpuIds.map((gpuId, index) => ({ gpuId, people: [`p${index}`, "everywhere"] }));
    await Promise.all(
      Array.from({ length: 24 }, (_, n) => recordLooks(db(), n % 2 === 0 ? all : [...all].reverse())),
    );
    // A minute may have turned meanwhile.
    const { samples } = await hourOf(0);
    expect([1, 2]).toContain(samples);
    for (const index of gpuIds.keys()) {
      expect((await hourOf(index)).busySamples).toBe((await hourOf(index)).samples);
      expect(Object.keys(await seen(index))).toEqual(["everywhere", `p${index}`]);
    }
  });

  test("that invents people is believed so many and no more", async () => {
    await look(0, ...Array.from({ length: mostPeople - 1 }, (_, n) => `p${n}`));
    await look(0, "last", "too many", "p0");
    await lookedBefore(db(), 60);
    await look(0, "another", "p0");
    const people = await seen(0);
    expect(Object.keys(people)).toHaveLength(mostPeople);
    expect([people.last, people["too many"], people.another, people.p0]).toEqual([
      1,
      undefined,
      undefined,
      2,
    ]);
    expect(await hourOf(0)).toMatchObject({ samples: 2, busySamples: 2 });
  });
});

describe("an hour that is over", () => {
  test("says who held it and who was on it most, once, whichever of the workers comes to it", async () => {
    for (const [index, who] of [ana, ana, ana].entries()) await holds(who, index);
    for (let minute = 0; minute < 3; minute++) {
      await look(0, name(ana), name(ben));
      await look(1, name(ben), ...(minute === 0 ? [name(ana)] : []));
      await look(2);
      await look(3, "root");
      await lookedBefore(db(), 60);
    }
    expect(await closeHours(db())).toBe(0);
    await hoursBefore(db(), 1);
    const closed = await Promise.all([closeHours(db()), closeHours(db()), closeHours(db())]);
    expect(closed.reduce((sum, count) => sum + count, 0)).toBe(4);
    const outcomes = await Promise.all(gpuIds.map((_, index) => hourOf(index)));
    expect(outcomes).toMatchObject([
      { assignedId: ana.actor.userId, assignedSamples: 3, actual: name(ana), actualSamples: 3 },
      { assignedId: ana.actor.userId, assignedSamples: 1, actual: name(ben), actualSamples: 3 },
      { assignedId: ana.actor.userId, assignedSamples: 0, actual: null, actualSamples: 0 },
      { assignedId: null, assignedSamples: 0, actual: "root", actualSamples: 3 },
    ]);
    await hoursBefore(db(), 1);
    expect(await closeHours(db())).toBe(0);
    expect((await hourOf(0)).closedAt).toEqual(outcomes[0]?.closedAt);
  });

  test("takes no look that comes too late", async () => {
    await look(0, "ana");
    await hoursBefore(db(), 1);
    await closeHours(db());
    // The same hour again, for whoever read its beginning before it was closed.
    await hoursBefore(db(), -1);
    const before = await hourOf(0);
    await lookedBefore(db(), 60);
    await look(0, "ana", "ben");
    expect(await hourOf(0)).toEqual(before);
    expect(await seen(0)).toEqual({ ana: 1 });
  });

  test("is closed by two workers at once when there are more than one takes in one go", async () => {
    const first = thisHour().getTime();
    const count = hoursAtOnce * 2 + 17;
    const rows = Array.from({ length: count }, (_, n) => ({
      gpuId: gpu(n % 4),
      startsAt: new Date(first - (1 + Math.floor(n / 4)) * slotMs),
      samples: 60,
      busySamples: 30,
      lookedAt: new Date(first),
      busyAt: new Date(first),
    }));
    await db().insert(slotUsage).values(rows);
    await db()
      .insert(slotSightings)
      .values(
        rows.map(({ gpuId, startsAt }) => ({
          gpuId,
          startsAt,
          person: "ana",
          samples: 30,
          seenAt: startsAt,
        })),
      );
    const closed = await Promise.all([closeHours(db()), closeHours(db())]);
    expect(closed[0] + closed[1]).toBe(count);
    const left = await db().select().from(slotUsage);
    expect(new Set(left.map(({ actual, actualSamples }) => `${actual} ${actualSamples}`))).toEqual(
      new Set(["ana 30"]),
    );
  });
});

test("of weeks before the previous one only what was written at their hours' end stays", async () => {
  await holds(ana, 0);
  await look(0, name(ana), "root");
  await hoursBefore(db(), 168);
  await closeHours(db());
  expect(await condenseWeeks(db())).toBe(0);
  expect(await seen(0)).toEqual({ [name(ana)]: 1, root: 1 });
  const { startsAt: _, ...kept } = await hourOf(0);
  await hoursBefore(db(), 168);
  const condensed = await Promise.all([condenseWeeks(db()), condenseWeeks(db())]);
  expect(Math.max(...condensed)).toBe(1);
  expect(await seen(0)).toEqual({});
  expect(await hourOf(0)).toMatchObject(kept);
});

test("an old hour that nobody closed yet is not condensed before", async () => {
  await look(0, "ana");
  await hoursBefore(db(), 168 * 3);
  expect(await condenseWeeks(db())).toBe(0);
  await closeHours(db());
  expect(await condenseWeeks(db())).toBe(1);
  expect(await hourOf(0)).toMatchObject({ actual: "ana", actualSamples: 1 });
});

describe("a week's use", () => {
  /** Whatever the present hour is, the one before may be of the week before. */
  const weekBefore = () => weekOf(new Date(thisHour().getTime() - slotMs), zone).key;
  const layOut = async (key: string) => {
    const { start, end } = weekOf(new Date(thisHour().getTime() - slotMs), zone);
    const row = {
      key,
      startsAt: start,
      endsAt: end,
      closesAt: start,
      status: "final",
      turnedAt: start,
    } as const;
    await db().insert(weeks).ignore().values(row);
  };

  test("has each hour with its people, and what each of them held and used, for admins", async () => {
    await layOut(weekBefore());
    await holds(ana, 0);
    await holds(ana, 1);
    await holds(ben, 2);
    await look(0, name(ana));
    await look(1, "root");
    await look(3);
    await hoursBefore(db(), 1);
    await holds(ana, 3, 2);
    const asked = { week: weekBefore() };
    await expect(getUsage(db(), ana.actor, asked)).rejects.toThrow("admin role");
    // Over, and not closed: nothing is said before it is certain.
    expect((await getUsage(db(), boss.actor, asked)).cells.map(([, , agreement]) => agreement)).toEqual(
      expect.arrayContaining(["not_over", "not_seen"]),
    );
    await closeHours(db());
    const view = await getUsage(db(), boss.actor, asked);
    expect(view.gpus.map(({ index }) => index)).toEqual([0, 1, 2, 3]);
    const told = view.cells.map(([place, , agreement, samples, , assigned, actual]) => [
      place,
      agreement,
      samples,
      assigned === null ? null : view.people[assigned],
      actual === null ? null : view.people[actual],
    ]);
    expect(told.filter(([, agreement]) => agreement !== "not_over")).toEqual([
      [0, "as_held", 1, name(ana), name(ana)],
      [1, "by_another", 1, name(ana), "root"],
      [2, "not_seen", 0, name(ben), null],
      [3, "free", 1, null, null],
    ]);
    expect(view.totals).toEqual([
      { person: name(ana), held: 2, seen: 2, used: 1, idle: 0, lost: 1, elsewhere: 0 },
      { person: name(ben), held: 1, seen: 0, used: 0, idle: 0, lost: 0, elsewhere: 0 },
      { person: "root", held: 0, seen: 0, used: 0, idle: 0, lost: 0, elsewhere: 1 },
    ]);
  });

  test("leaves out hours that were counted before the lab's zone was set to one whose hours begin otherwise", async () => {
    await layOut(weekBefore());
    await look(0, "ana");
    await look(1);
    await hoursBefore(db(), 1);
    await closeHours(db());
    await db().execute(
      sql`update slot_usage set starts_at = starts_at - interval 30 minute where gpu_id = ${gpu(1)}`,
    );
    const { cells, totals } = await getUsage(db(), boss.actor, { week: weekBefore() });
    expect(cells.map(([place, , agreement]) => [place, agreement])).toEqual([[0, "not_held"]]);
    expect(totals).toMatchObject([{ person: "ana", elsewhere: 1 }]);
  });

  test("as a file has every hour of every GPU", async () => {
    await layOut(weekBefore());
    await holds(ana, 0);
    await look(0, name(ana));
    await hoursBefore(db(), 1);
    await closeHours(db());
    const page = await usagePages(db(), boss.actor, { week: weekBefore() });
    let place: number | null = 0;
    const rows = [];
    while (place !== null) {
      const read: Awaited<ReturnType<typeof page>> = await page(place);
      rows.push(...read.rows);
      place = read.next;
    }
    expect(rows).toHaveLength(4 * 168);
    expect(rows.filter(({ samples }) => samples > 0)).toMatchObject([
      { index: 0, assigned: name(ana), actual: name(ana), samples: 1, over: true },
    ]);
    expect(new Set(rows.map(({ slot, id }) => `${id} ${slot}`)).size).toBe(rows.length);
    await expect(usagePages(db(), boss.actor, { week: "2020-01-04" })).rejects.toThrow("There is no week");
  });

  test("goes with the week when old ones are cleaned up", async () => {
    const hour = new Date(thisHour().getTime() - 168 * 5 * slotMs);
    const row = (of: Date) => {
      const { key, start, end } = weekOf(of, zone);
      return {
        key,
        startsAt: start,
        endsAt: end,
        closesAt: start,
        status: "final",
        turnedAt: start,
      } as const;
    };
    await db()
      .insert(weeks)
      .values([row(hour), row(new Date(hour.getTime() + 168 * slotMs))]);
    await look(0, "ana");
    await look(1, "ana");
    await hoursBefore(db(), 168 * 5);
    await look(2, "ben");
    await cleanUpWeeks({ ...boss }, 1);
    expect((await db().select().from(slotUsage)).map(({ gpuId }) => gpuId)).toEqual([gpu(2)]);
    expect(await seen(0)).toEqual({});
  });
});

describe("the live view", () => {
  /** A process of its own, whose last answer is none of another's. */
  async function live(who: CommandContext | null) {
    const fresh: Db = connectDb({ url: database.url, poolSize: 1 });
    try {
      return (await getLiveStatus(fresh, who?.actor ?? null)).gpus;
    } finally {
      await fresh.$client.end();
    }
  }

  test("tells what every GPU is doing, and who is on it to people of the lab", async () => {
    await db()
      .update(gpus)
      .set({ state: "draining" })
      .where(eq(gpus.id, gpu(3)));
    await holds(ana, 0);
    await holds(ana, 1);
    await look(0, name(ben));
    await look(1);
    await look(2);
    await look(3);
    expect(await live(ana)).toMatchObject([
      { state: "used", assigned: name(ana), users: [name(ben)], node: "gpu1" },
      { state: "idle", assigned: name(ana), users: [] },
      { state: "free", assigned: null, users: [] },
      { state: "off" },
    ]);
    const strangers = JSON.stringify(await live(null));
    expect(strangers).toContain('"used"');
    for (const secret of [name(ana), name(ben), "gpu1"]) expect(strangers).not.toContain(secret);
    await db().update(labSettings).set({ publicGpuNames: true });
    expect((await live(null))[0]).toMatchObject({ users: [name(ben)], node: null });
    await db().update(labSettings).set({ publicGpuNames: false });
    await db().update(gpus).set({ state: "available" });
    await lookedBefore(db(), seenNowMs / 1_000 + 1);
    expect((await live(ana)).map(({ state, users }) => [state, users?.length])).toEqual(
      gpuIds.map(() => ["unknown", 0]),
    );
  });

  test("names a session's owner where hours are not sold", async () => {
    const { username } = ana.actor;
    await db().update(nodes).set({ lastSeenAt: new Date() });
    await launchSession(ana, "external", {});
    await look(0);
    expect((await live(ben))[0]).toMatchObject({ state: "idle", assigned: username });
  });

  test("asks the database once for all who ask within moments", async () => {
    const asked = await Promise.all(Array.from({ length: 50 }, () => getLiveStatus(db(), ana.actor)));
    expect(new Set(asked).size).toBe(1);
  });
});
