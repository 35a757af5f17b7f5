import { parseArgs } from "node:util";
import { eq, sql } from "drizzle-orm";
import type { Db } from "@/db/client";
import { gpus, users, weeks } from "@/db/schema";
import { createTestDatabase } from "@/db/testing";
import { inTransaction } from "@/db/tx";
import { testCaller, testServices } from "@/lib/api/testing";
import type { Actor } from "@/lib/auth/model";
import { seedPerson } from "@/lib/auth/testing";
import { required } from "@/lib/kernel/assert";
import { getGrid, readWeekSlots } from "@/lib/schedule/queries/grid";
import { slotsOf } from "@/lib/schedule/rules";
import { settleWeeks } from "@/lib/schedule/zone";
import { seedLab, testZone } from "@/lib/sessions/testing";
import { give } from "@/lib/wallet/testing/holders";
import { seeded } from "./scoring/random";
import { countOf, median, percentile } from "./support/stats";

/**
 * Bids a second, as the API takes them from people who bid at once on random hours of a week, against a bare transaction
 * that updates a row and inserts one: same database, same pool, same run, in turns. And what reading a whole week takes,
 * every slot of it bid on, by the query and as the API answers, against the bare read of its index.
 */
const labs = [8, 64];
const people = 16;

interface Scene {
  readonly db: Db;
  readonly week: typeof weeks.$inferSelect;
  readonly gpus: readonly { id: number; publicId: string }[];
  readonly cookies: readonly string[];
}

async function scene(db: Db, gpuCount: number): Promise<Scene> {
  await seedLab(db, { gpus: gpuCount });
  await db.update(gpus).set({ mode: "auction" });
  await settleWeeks(db, testZone);
  const [week] = await db.select().from(weeks).where(eq(weeks.status, "open"));
  const cookies: string[] = [];
  for (let index = 0; index < people; index++) {
    const { actor, context } = await seedPerson(db, `bidder${index}`);
    await give(db, actor.userId, "100000000");
    cookies.push(context.cookies.header());
  }
  await db.execute(sql`create table bare (id bigint primary key, price int not null)`);
  await db.execute(
    sql`create table bare_bids (id bigint auto_increment primary key, slot_id bigint, price int)`,
  );
  await db.execute(sql`insert into bare select seq, 0 from seq_0_to_9999`);
  return {
    db,
    week: required(week, "the open week"),
    gpus: await db.select({ id: gpus.id, publicId: gpus.publicId }).from(gpus),
    cookies,
  };
}

/** How many a second all of them come to in so many ms. */
async function rate(ms: number, work: (person: number) => Promise<boolean>): Promise<number> {
  const startedAt = performance.now();
  const counts = await Promise.all(
    Array.from({ length: people }, async (_, person) => {
      let done = 0;
      while (performance.now() - startedAt < ms) if (await work(person)) done++;
      return done;
    }),
  );
  return (counts.reduce((a, b) => a + b, 0) * 1_000) / (performance.now() - startedAt);
}

const callerOf = ({ db }: Scene) =>
  testCaller(testServices(db, { settings: { ...testServices(db).settings, zone: testZone } }));

async function bidsPerSecond(made: Scene, rounds: number, ms: number) {
  const { db, week, gpus: known, cookies } = made;
  const call = callerOf(made);
  const hours = slotsOf({ start: week.startsAt, end: week.endsAt });
  const random = seeded(known.length);
  const bid = async (person: number): Promise<boolean> => {
    const body = {
      gpuId: known[random.below(known.length)]?.publicId,
      slot: hours[random.below(hours.length)]?.toISOString(),
    };
    const as = { cookie: required(cookies[person], "a cookie") };
    const response = await call({ method: "POST", path: "/schedule/bids", as, body });
    const text = await response.text();
    // Whoever meets an hour that they lead already goes on to another.
    if (response.status === 200 || text.includes("you lead it already")) return response.status === 200;
    throw new Error(text);
  };
  const bare = async (): Promise<boolean> => {
    const slot = random.below(10_000);
    await inTransaction(db, async (tx) => {
      await tx.execute(sql`update bare set price = price + 1 where id = ${slot}`);
      await tx.execute(sql`insert into bare_bids (slot_id, price) values (${slot}, 1)`);
    });
    return true;
  };
  const rates: { bids: number[]; bare: number[] } = { bids: [], bare: [] };
  for (let round = 0; round < rounds; round++) {
    rates.bids.push(await rate(ms, bid));
    rates.bare.push(await rate(ms, bare));
  }
  return { bids: median(rates.bids), bare: median(rates.bare) };
}

/** Every slot of the week is led by somebody. */
async function fillWeek({ db, week, gpus: known }: Scene): Promise<number> {
  const ids = (await db.select({ id: users.id }).from(users)).map(({ id }) => id);
  for (const { id } of known) {
    await db.execute(sql`
      insert ignore into slots (gpu_id, starts_at, week, state, user_id, price, n, hold)
      select ${id}, ${week.startsAt} + interval seq hour, ${week.key}, 'leading', ${ids[id % ids.length]}, 1, 1, 'bench'
      from seq_0_to_168 where ${week.startsAt} + interval seq hour < ${week.endsAt}`);
  }
  return (await readWeekSlots(db, week.key)).length;
}

async function gridTimes(made: Scene, reads: number) {
  const { db, week, cookies } = made;
  const call = callerOf(made);
  const as = { cookie: required(cookies[0], "a cookie") };
  const [user] = await db.select().from(users).limit(1);
  const { id: userId, publicId, username } = required(user, "a reader");
  const may = { role: "user", canUseInternal: false, maxSessions: 0, via: "login" } as const;
  const actor: Actor = { userId, publicId, username, ...may };
  const times: { grid: number[]; api: number[]; bare: number[] } = { grid: [], api: [], bare: [] };
  const timed = async (into: number[], work: () => Promise<unknown>) => {
    const startedAt = performance.now();
    await work();
    into.push(performance.now() - startedAt);
  };
  for (let read = 0; read < reads; read++) {
    await timed(times.grid, () => getGrid(db, actor, testZone, { week: week.key }));
    await timed(times.api, async () =>
      (await call({ method: "GET", path: `/schedule/weeks/${week.key}`, as })).text(),
    );
    await timed(times.bare, () =>
      db.execute(
        sql`select gpu_id, starts_at, state, user_id, price from slots force index (slots_week) where week = ${week.key}`,
      ),
    );
  }
  const answer = JSON.stringify(await getGrid(db, actor, testZone, { week: week.key })).length;
  const p95 = (each: number[]) => percentile(each, 95);
  return { grid: p95(times.grid), api: p95(times.api), bare: p95(times.bare), answer };
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      rounds: { type: "string", default: "3" },
      ms: { type: "string", default: "3000" },
      reads: { type: "string", default: "200" },
    },
  });
  for (const gpuCount of labs) {
    const database = await createTestDatabase();
    try {
      const made = await scene(database.db, gpuCount);
      const { bids, bare } = await bidsPerSecond(
        made,
        countOf("rounds", values.rounds),
        countOf("ms", values.ms),
      );
      const slots = await fillWeek(made);
      const read = await gridTimes(made, countOf("reads", values.reads));
      console.log(`${gpuCount} GPUs, ${people} people at once`);
      console.log(`  bids a second           ${bids.toFixed(0).padStart(8)}`);
      console.log(
        `  bare transactions       ${bare.toFixed(0).padStart(8)}   ratio ${(bids / bare).toFixed(2)}`,
      );
      console.log(
        `  week of ${slots} slots, p95 ${read.grid.toFixed(1).padStart(8)} ms, ${Math.round(read.answer / 1024)} KiB of JSON`,
      );
      console.log(`  as the API answers      ${read.api.toFixed(1).padStart(8)} ms`);
      console.log(
        `  bare read of its index  ${read.bare.toFixed(1).padStart(8)} ms   ratio ${(read.grid / read.bare).toFixed(2)}`,
      );
    } finally {
      await database.close();
    }
  }
}

await main();
