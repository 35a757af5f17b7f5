import { ne, sql } from "drizzle-orm";
import type { RowDataPacket } from "mysql2/promise";
import { afterAll, beforeAll, expect, test } from "vitest";
import { connectDb, type Db } from "@/db/client";
import { scorings } from "@/db/schema";
import { createTestDatabase, type TestDatabase } from "@/db/testing";
import { required } from "@/lib/kernel/assert";
import { seedUser } from "@/lib/sessions/testing";
import type { CommandContext } from "../commands/context";
import { rescoreCompetition } from "../commands/rescore";
import { settleScoring } from "../lifecycle/settle";
import { claimOne, reportFor, type SeededCompetition, scoreNext, seedCompetition, submit } from "../testing";
import { listAllSubmissions, listSubmissions } from "./submissions";

let database: TestDatabase;
/** Of one connection, whose reads are counted. */
let one: Db;
let admin: CommandContext;
let who: CommandContext;
let contest: SeededCompetition;

const many = 3_000;

beforeAll(async () => {
  database = await createTestDatabase();
  one = connectDb({ url: database.url, poolSize: 1 });
  admin = await seedUser(database.db, { role: "admin" });
  who = await seedUser(database.db);
  contest = await seedCompetition(admin);
  await submit(who, contest.slug);
  await scoreNext(database.db, { public: 0.9 });
  await fill();
});
afterAll(async () => {
  await one.$client.end();
  await database.close();
});

/** As if the first had been sent in again and again, each time with a worse score. */
async function fill(): Promise<void> {
  const id = sql.raw("replace(replace(replace(replace(seq, '0', 'a'), '1', 'b'), '8', 'c'), '9', 'd')");
  const copies = sql.raw(`seq_1_to_${many}`);
  await one.execute(sql`insert into submissions (public_id, competition_id, user_id, first_evaluation_id, upload_id,
    filename, bytes, sha256, accepted_at, local_day)
    select concat('sub_', lpad(${id}, 16, 'z')), competition_id, user_id, first_evaluation_id, concat('upload-', seq),
    filename, bytes, sha256, accepted_at, local_day from submissions, ${copies}`);
  await one.execute(sql`insert into scorings (submission_id, evaluation_id, competition_id, user_id, state, rescoring,
    turn, queued_at, finished_at, metrics, scorer, report_digest)
    select s.id, first.evaluation_id, first.competition_id, first.user_id, 'SCORED', 0, 0, first.queued_at,
    first.finished_at, replace(first.metrics, '0.9', '0.8'), first.scorer, first.report_digest
    from scorings first join submissions s on s.id <> first.submission_id`);
  for (const table of ["submissions", "scorings", "scoring_reports", "leaderboard_entries"])
    await one.execute(sql.raw(`analyze table ${table}`));
}

/** Rows and index entries that the database reads for `work`. */
async function readsOf(work: () => Promise<unknown>): Promise<number> {
  const total = async () => {
    const [rows] = await one.$client.query<RowDataPacket[]>("show session status like 'Handler_read%'");
    return rows.reduce((sum, row) => sum + Number(row.Value), 0);
  };
  const before = await total();
  await work();
  return (await total()) - before;
}

test("a page of submissions is read off its index, however many there are", async () => {
  const page = { limit: 50 };
  const { slug } = contest;
  const mine = (cursor?: string) =>
    listSubmissions(one, who.actor, "external", { slug, ...page, ...(cursor ? { cursor } : {}) });
  const all = (competition?: string) =>
    listAllSubmissions(one, admin.actor, { ...page, ...(competition ? { competition } : {}) });
  const { data, nextCursor } = await mine();
  expect(data).toHaveLength(page.limit);
  const works = [() => mine(), () => mine(required(nextCursor, "a cursor")), () => all(), () => all(slug)];
  for (const work of works) expect(await readsOf(work)).toBeLessThan(10 * page.limit);
});

test("what is scored anew and was not its sender's best reads none of their others", async () => {
  const { slug } = contest;
  await rescoreCompetition(admin, { slug, scorer: "2.0.0" });
  const first = await claimOne(database.db);
  const second = await claimOne(database.db);
  const settled = (claim: typeof first, auc: number) => {
    const metrics = { roc_auc: auc, log_loss: 1 };
    const report = reportFor(claim, { public: metrics, private: metrics });
    return settleScoring(one, claim, { outcome: "scored", report, durationMs: 1 });
  };
  expect(await readsOf(() => settled(second, 0.7))).toBeLessThan(100);
  expect(await readsOf(() => settled(first, 0.2))).toBeGreaterThan(many);
});

test("scoring anew waits for nothing that it passes over", { timeout: 20_000 }, async () => {
  const { slug } = await seedCompetition(admin);
  for (let n = 0; n < 2; n++) await submit(who, slug);
  await database.db.update(scorings).set({ state: "FAILED" }).where(ne(scorings.state, "SCORED"));
  const ours = sql`competition_id = (select id from competitions where slug = ${slug})`;
  await database.db.execute(sql`update scorings set state = 'SCORED', scorer = '1.0.0' where ${ours}`);
  await database.db.execute(sql`update scorings set scorer = '2.0.0' where ${ours} limit 1`);
  const [passed] = await database.db
    .select({ id: scorings.id })
    .from(scorings)
    .where(sql`${ours} and scorer = '2.0.0'`);
  await one.transaction(async (tx) => {
    await tx.execute(sql`select id from scorings where id = ${passed?.id} for update`);
    expect(await rescoreCompetition(admin, { slug, scorer: "2.0.0" })).toBe(1);
  });
});
