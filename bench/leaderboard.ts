import { parseArgs } from "node:util";
import { sql } from "drizzle-orm";
import { connectDb, type Db } from "@/db/client";
import { createTestDatabase } from "@/db/testing";
import { getOwnRank, listLeaderboard } from "@/lib/competitions/queries/leaderboard";
import { fill, reader, type Sizes, slug } from "./leaderboard/fill";
import { seeded } from "./scoring/random";
import { countOf, median, percentile } from "./support/stats";

/**
 * How long a page of a leaderboard takes in the database, anywhere on a board of 50,000 users with 1,000,000 submissions,
 * against a bare read of as many rows of the board's primary key: same database, same run, in turns. And how long the
 * reader's own place takes, which pages show above the board, and which is counted.
 */
const aimedMs = 5;
const pageRows = 50;
const warmUp = 50;

interface Place {
  readonly cursor: string;
  readonly orderKey: Buffer;
  readonly userId: number;
}

/** Random places on the board, as a cursor of the API and as the key it stands for. */
async function places(db: Db, count: number): Promise<Place[]> {
  const [rows] = (await db.execute(sql`
    select l.order_key, l.user_id, s.public_id from leaderboard_entries l join submissions s on s.id = l.submission_id
    order by l.evaluation_id, l.split, l.order_key`)) as unknown as [
    { order_key: Buffer; user_id: number; public_id: string }[],
  ];
  const random = seeded(7);
  return Array.from({ length: count }, () => {
    const rank = random.below(rows.length);
    const row = rows[rank];
    if (row === undefined) throw new Error("There is nobody on the board.");
    const cursor = Buffer.from(`${row.public_id}.${rank + 1}`).toString("base64url");
    return { cursor, orderKey: row.order_key, userId: row.user_id };
  });
}

/** What one read took, in ms. */
interface Took {
  /** By MariaDB's own account, of all statements that it was. */
  readonly database: number;
  /** As its caller waited. */
  readonly all: number;
}

/** Of a connection that is profiled. */
class Profile {
  #seen = 0;

  /** @param db a pool of one connection */
  constructor(private readonly db: Db) {}

  async timed(work: () => Promise<unknown>): Promise<Took> {
    await this.db.execute(sql`set profiling = 1`);
    const startedAt = performance.now();
    await work();
    const all = performance.now() - startedAt;
    await this.db.execute(sql`set profiling = 0`);
    const [rows] = (await this.db.execute(sql`show profiles`)) as unknown as [ProfileRow[]];
    const fresh = rows.filter(({ Query_ID: id, Query }) => id > this.#seen && /^\s*select/i.test(Query));
    this.#seen = Math.max(this.#seen, ...rows.map(({ Query_ID: id }) => id));
    if (fresh.length === 0) throw new Error("MariaDB's profile has none of the statements.");
    return { database: fresh.reduce((sum, { Duration }) => sum + Number(Duration) * 1_000, 0), all };
  }
}

interface ProfileRow {
  readonly Query_ID: number;
  /** In seconds. */
  readonly Duration: number;
  readonly Query: string;
}

function line(name: string, times: readonly number[]): void {
  const figures = [median(times), percentile(times, 95), Math.max(...times)];
  console.log(`${name.padEnd(44)} ${figures.map((ms) => ms.toFixed(2).padStart(8)).join(" ")}`);
}

/** @returns whether the aim is met */
async function measure(db: Db, reads: number): Promise<boolean> {
  const [page, bare, own]: [Took[], Took[], Took[]] = [[], [], []];
  const profile = new Profile(db);
  for (const [index, place] of (await places(db, reads + warmUp)).entries()) {
    const input = { slug, split: "public" as const, limit: pageRows, cursor: place.cursor };
    const tookPage = await profile.timed(() => listLeaderboard(db, reader, "external", input));
    const tookBare = await profile.timed(() =>
      db.execute(sql`
        select user_id, submission_id, score from leaderboard_entries
        where evaluation_id = 1 and split = 'public' and order_key > ${place.orderKey}
        order by order_key limit ${pageRows + 1}`),
    );
    const viewer = { ...reader, userId: place.userId };
    const tookOwn = await profile.timed(() => getOwnRank(db, viewer, "external", { slug, split: "public" }));
    if (index < warmUp) continue;
    own.push(tookOwn);
    page.push(tookPage);
    bare.push(tookBare);
  }
  const heads = ["p50", "p95", "most"].map((name) => name.padStart(8)).join(" ");
  console.log(`\n${`ms, of ${reads} reads each, in turns`.padEnd(44)} ${heads}`);
  const inDatabase = page.map(({ database }) => database);
  line(
    "bare range of the primary key, in MariaDB",
    bare.map(({ database }) => database),
  );
  line("a page: who may see it, cursor, names: there", inDatabase);
  line(
    "somebody's own place, in MariaDB",
    own.map(({ database }) => database),
  );
  line(
    "the bare range, as its caller waits",
    bare.map(({ all }) => all),
  );
  line(
    "a page, as its caller waits",
    page.map(({ all }) => all),
  );
  const p95 = percentile(inDatabase, 95);
  console.log(`p95 of a page in MariaDB: ${p95.toFixed(2)} ms (aim: at most ${aimedMs})`);
  return p95 <= aimedMs;
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      submissions: { type: "string", default: "1000000" },
      users: { type: "string", default: "50000" },
      reads: { type: "string", default: "1000" },
    },
  });
  const sizes: Sizes = {
    submissions: countOf("submissions", values.submissions),
    users: countOf("users", values.users),
  };
  const database = await createTestDatabase();
  const profiled = connectDb({ url: database.url, poolSize: 1 });
  try {
    const startedAt = performance.now();
    await fill(database.db, sizes);
    const seconds = (performance.now() - startedAt) / 1_000;
    console.log(
      `${sizes.submissions} submissions by ${sizes.users} users, filled in ${seconds.toFixed(0)} s`,
    );
    if (!(await measure(profiled, countOf("reads", values.reads)))) process.exitCode = 1;
  } finally {
    await profiled.$client.end();
    await database.close();
  }
}

await main();
