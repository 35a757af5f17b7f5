import type { Db } from "@/db/client";
import type { Actor } from "@/lib/auth/model";
import { placesWithIntervals } from "@/lib/competitions/bound-rules";
import type { StoredManifest } from "@/lib/competitions/model";
import { orderKey } from "@/lib/competitions/rules";
import { type Random, seeded } from "../scoring/random";

/** Rows of one INSERT: some megabytes. */
const batch = 5_000;

export const slug = "bench-board";
const manifest: StoredManifest = {
  task: "binary_probability",
  classes: ["well", "ill"],
  metrics: ["roc_auc", "log_loss"],
  primary: { metric: "roc_auc", direction: "max" },
  tieBreak: [{ metric: "log_loss", direction: "min" }],
};
/** As the fill numbers the one competition and its one evaluation. */
const one = 1;
const zeros = "0".repeat(64);

export interface Sizes {
  readonly users: number;
  /** Of all users together, evenly. */
  readonly submissions: number;
}

/** `sub_…` of a number, as a public id is written. */
export function submissionIdOf(n: number): string {
  const digits = n.toString(32).padStart(16, "0");
  return `sub_${[...digits].map((digit) => "abcdefghijklmnopqrstuvwxyz234567"[Number.parseInt(digit, 32)]).join("")}`;
}

type Row = (string | number | Buffer | null)[];

/** One board's entries and what they are of, by plain SQL: a million acceptances would take hours. */
export async function fill(db: Db, sizes: Sizes): Promise<void> {
  const connection = await db.$client.getConnection();
  const insert = async (table: string, columns: string, rows: Row[]) => {
    if (rows.length > 0) await connection.query(`INSERT INTO ${table} (${columns}) VALUES ?`, [rows]);
  };
  try {
    await connection.query("SET SESSION foreign_key_checks = 0, unique_checks = 0");
    await fillCompetition(insert);
    await inBatches(sizes.users, (from, to) => insertUsers(insert, from, to));
    const bests = new Map<number, { key: Buffer; row: Row }>();
    const random = seeded(20_261_130);
    await inBatches(sizes.submissions, (from, to) => insertScored(insert, sizes, random, bests, from, to));
    const entries = [...bests.values()].map(({ row }) => row);
    for (let from = 0; from < entries.length; from += batch) {
      const columns = "evaluation_id, split, order_key, user_id, submission_id, score";
      await insert("leaderboard_entries", columns, entries.slice(from, from + batch));
    }
    await fillIntervals(insert, [...bests.values()]);
    await connection.query(
      "ANALYZE TABLE submissions, scorings, leaderboard_entries, leaderboard_intervals, users",
    );
  } finally {
    connection.destroy();
  }
}

type Insert = (table: string, columns: string, rows: Row[]) => Promise<void>;

async function inBatches(count: number, work: (from: number, to: number) => Promise<void>): Promise<void> {
  for (let from = 1; from <= count; from += batch) await work(from, Math.min(count, from + batch - 1));
}

async function fillCompetition(insert: Insert): Promise<void> {
  const [at, text] = ["2026-11-30 00:00:00", "A board to be read."];
  await insert("datasets", "id, public_id, slug, title, exposure, created_at", [
    [one, `dat_${"a".repeat(16)}`, slug, text, "external", at],
  ]);
  await insert(
    "dataset_versions",
    "id, public_id, dataset_id, exposure, number, licence, source, description, created_at",
    [[one, `dsv_${"a".repeat(16)}`, one, "external", 1, text, text, text, at]],
  );
  await insert(
    "competitions",
    "id, public_id, slug, title, summary, description, rules, dataset_version_id, exposure, visibility, max_upload_bytes, published_at, current_evaluation_id, created_at",
    [[one, `cmp_${"a".repeat(16)}`, slug, text, text, "", "", one, "external", "public", 1, at, one, at]],
  );
  await insert(
    "evaluations",
    "id, public_id, competition_id, number, asked, manifest, evaluation_digest, truth_digest, sample_digest, sample_filename, state, has_private, next_attempt_at, created_at",
    [
      [
        one,
        `evl_${"a".repeat(16)}`,
        one,
        1,
        1,
        JSON.stringify(manifest),
        zeros,
        zeros,
        zeros,
        "s",
        "READY",
        0,
        at,
        at,
      ],
    ],
  );
}

/** As the worker makes them: of the best alone. */
async function fillIntervals(insert: Insert, bests: { key: Buffer; row: Row }[]): Promise<void> {
  const best = bests.sort((a, b) => a.key.compare(b.key)).slice(0, placesWithIntervals);
  await insert(
    "leaderboard_intervals",
    "evaluation_id, split, submission_id, score_low, score_high, rank_low, rank_high, replicates, left_out, computed_at",
    best.map(({ row: [evaluationId = null, split = null, , , submissionId = null, score = null] }) => [
      ...[evaluationId, split, submissionId, score, score, 1, placesWithIntervals, 1000, 0],
      "2026-11-30 00:00:00",
    ]),
  );
}

async function insertUsers(insert: Insert, from: number, to: number): Promise<void> {
  const numbers = Array.from({ length: to - from + 1 }, (_, index) => from + index);
  await insert(
    "users",
    "id, public_id, username, email, password_hash, role, created_at",
    numbers.map((n) => [
      ...[n, submissionIdOf(n).replace("sub", "usr"), `person-${n}`, `person-${n}@example.org`],
      ...["none", "user", "2026-11-30 00:00:00"],
    ]),
  );
}

async function insertScored(
  insert: Insert,
  { users }: Sizes,
  random: Random,
  bests: Map<number, { key: Buffer; row: Row }>,
  from: number,
  to: number,
): Promise<void> {
  const [accepted, scored]: [Row[], Row[]] = [[], []];
  for (let n = from; n <= to; n++) {
    const userId = (n % users) + 1;
    const at = new Date(Date.UTC(2026, 0, 1) + n * 1_000).toISOString().replace("Z", "000Z");
    const metrics = { roc_auc: random.next(), log_loss: random.next() };
    const instant = at.replace("T", " ").replace("Z", "");
    accepted.push([
      ...[n, submissionIdOf(n), one, userId, one, `upload-${n}`, "predictions.csv", 100_000],
      ...[zeros, instant, instant.slice(0, 10)],
    ]);
    scored.push([
      ...[n, n, one, one, userId, "SCORED", 0, n, instant],
      ...[JSON.stringify({ public: metrics, private: null }), "1.0.0", zeros],
    ]);
    const key = Buffer.from(
      orderKey(manifest, { submissionId: n, acceptedAt: at, metrics }) ?? new Uint8Array(),
    );
    const best = bests.get(userId);
    if (best === undefined || key.compare(best.key) < 0)
      bests.set(userId, { key, row: [one, "public", key, userId, n, String(metrics.roc_auc)] });
  }
  await insert(
    "submissions",
    "id, public_id, competition_id, user_id, first_evaluation_id, upload_id, filename, bytes, sha256, accepted_at, local_day",
    accepted,
  );
  await insert(
    "scorings",
    "id, submission_id, evaluation_id, competition_id, user_id, state, rescoring, turn, queued_at, metrics, scorer, report_digest",
    scored,
  );
}

/** Somebody who looks at the board. */
export const reader: Actor = {
  userId: one,
  publicId: submissionIdOf(one).replace("sub", "usr"),
  username: "person-1",
  role: "user",
  canUseInternal: false,
  maxSessions: 1,
  via: "login",
};
