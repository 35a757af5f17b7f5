import { randomBytes } from "node:crypto";
import { rmSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import { binaryFiles, temporaryParent, writeFolder } from "@/lib/competitions/folder/testing/folders";
import { competitionView, leaderboardRow } from "@/lib/competitions/model";
import { percentile } from "../../bench/support/stats";
import { ApiProblem } from "../support/api";
import { submitFile } from "../support/competitions";
import { closeDatabase, rows } from "../support/database";
import { eventually } from "../support/eventually";
import { medforge } from "../support/host";
import { newcomer, type Person } from "../support/people";
import { SecondWorker } from "../support/second-worker";
import { despiteFaults, isLong, record } from "../support/trial";
import { kill, mariadb, scorer, succeeded, worker } from "../support/victims";

const form = isLong()
  ? { submissions: 1_000, people: 10, workers: 4, killEveryMs: 4_000, kills: Number.POSITIVE_INFINITY }
  : { submissions: 60, people: 4, workers: 2, killEveryMs: 2_000, kills: 2 };
const each = form.submissions / form.people;
/** So many of somebody's wait at once, and no more; the answer asks for this patience, and whoever asks more often is let in no more. */
const retryAfterMs = 10_000;
/** Of somebody's submissions one in so many is rejected at its format. */
const rejectedOneIn = 5;

/** One processor scores some three in a second, in ms. */
const patienceMs = 60_000 + form.submissions * 600;

const slug = `endurance-${randomBytes(4).toString("hex")}`;
let parent: string;
let people: Person[];
/** Beside the installation's own. */
const others: SecondWorker[] = [];

beforeAll(async () => {
  parent = temporaryParent();
  const competition = {
    ...{ schema: "medforge/competition@1", slug, title: "Endurance" },
    ...{ source: "Made up", licence: "CC0-1.0", limits: { daily: null, total: each } },
  };
  const files = { ...binaryFiles, "competition.json": JSON.stringify(competition) };
  const without = { "private/baseline_submission.csv": null, "private/checks.json": null };
  await medforge("competition", "import", writeFolder(parent, { ...files, ...without }), "--publish");
  people = await Promise.all(Array.from({ length: form.people }, (_, n) => newcomer(`entrant${n}`)));
  for (let n = 1; n < form.workers; n++) others.push(await SecondWorker.start());
});

afterAll(async () => {
  for (const other of others) await other.end();
  rmSync(parent, { recursive: true });
  await closeDatabase();
});

const isRejected = (n: number) => n % rejectedOneIn === 0;

function fileOf(n: number): string {
  const wrong = isRejected(n) ? "2" : `0.${n + 1}`;
  return `id,probability\na1,${wrong}\na2,0.${(n * 7) % 100}\na3,0.5\na4,0.${n}\n`;
}

/** What came of one upload, whose answer may be lost with the database: the key makes it the same one again. */
async function submitOnce(person: Person, n: number): Promise<string> {
  const key = `${person.username}-${n}`;
  return despiteFaults(`${key} is accepted`, async () => {
    try {
      return (await submitFile(person.api, fileOf(n), { slug, key })).id;
    } catch (error) {
      if (error instanceof ApiProblem && error.problem.status === 429) await pause(retryAfterMs);
      throw error;
    }
  });
}

/** @param struck that everything has been killed once: the later half comes after that, however fast the machine is */
async function submitAll(person: Person, struck: Promise<void>): Promise<string[]> {
  const ids: string[] = [];
  for (let n = 0; n < each; n++) {
    if (n === Math.ceil(each / 2)) await struck;
    ids.push(await submitOnce(person, n));
  }
  return ids;
}

async function states(): Promise<Map<string, number>> {
  const found = await rows(
    `SELECT s.state, COUNT(*) AS n FROM scorings s JOIN competitions c ON c.id = s.competition_id
     WHERE c.slug = ? GROUP BY s.state`,
    [slug],
  );
  return new Map(found.map((row) => [String(row.state), Number(row.n)]));
}

/** Whether all have been accepted and nothing is left to do; not known while MariaDB is away. */
async function allEnded(): Promise<true | undefined> {
  const now = await states().catch(() => new Map<string, number>());
  const left = (now.get("QUEUED") ?? 0) + (now.get("SCORING") ?? 0);
  const all = [...now.values()].reduce((sum, n) => sum + n, 0);
  return left === 0 && all === form.submissions ? true : undefined;
}

/**
 * Kills one worker after the other, in turn, and scorer and MariaDB once in between, until `ended`.
 * @param struck told once each has been killed
 * @returns when it last struck
 */
async function killInTurn(
  ended: () => boolean,
  struck: () => void,
): Promise<{ kills: number; lastAt: number }> {
  let [kills, lastAt] = [0, performance.now()];
  while (!ended() && kills < form.kills) {
    await pause(form.killEveryMs);
    if (ended()) break;
    const place = kills % form.workers;
    lastAt = performance.now();
    if (place === 0) await succeeded(worker, kill(worker));
    else {
      await others[place - 1]?.kill();
      others[place - 1] = await SecondWorker.start();
    }
    kills += 1;
    // Once: of a scorer that dies again and again it is right to say that scoring failed.
    if (kills === 1) await succeeded(scorer, kill(scorer));
    if (kills === form.workers) {
      await succeeded(mariadb, kill(mariadb));
      struck();
    }
  }
  return { kills, lastAt };
}

test(`${form.submissions} submissions, ${form.workers} workers killed in turn, scorer and MariaDB killed once`, async () => {
  let done = false;
  let killing = Promise.resolve({ kills: 0, lastAt: 0 });
  const struck = new Promise<void>((resolve, reject) => {
    killing = killInTurn(() => done, resolve);
    killing.catch(reject);
  });
  const ids = (await Promise.all(people.map((person) => submitAll(person, struck)))).flat();
  expect(new Set(ids).size).toBe(form.submissions);
  await eventually("every submission has ended", patienceMs, allEnded);
  done = true;
  const { kills, lastAt } = await killing;
  const recoverMs = performance.now() - lastAt;

  const rejected = Math.ceil(each / rejectedOneIn) * form.people;
  expect(Object.fromEntries(await states())).toEqual({
    SCORED: form.submissions - rejected,
    REJECTED: rejected,
  });
  const [reports] = await rows(
    `SELECT COUNT(*) AS n FROM scoring_reports r JOIN scorings s ON s.id = r.scoring_id
     JOIN competitions c ON c.id = s.competition_id WHERE c.slug = ? AND s.state = 'SCORED'
     AND BINARY SHA2(r.report, 256) = s.report_digest`,
    [slug],
  );
  expect(reports?.n).toBe(form.submissions - rejected);
  for (const { api } of people) {
    const { quota } = await api.call(competitionView, "GET", `external/competitions/${slug}`);
    expect(quota.usedInTotal).toBe(each - rejected / form.people);
  }
  expect(await medforge("leaderboard", "rebuild", slug)).toContain(
    `${form.people * 2} entries, 0 of them changed`,
  );
  const [first] = people;
  const path = `external/competitions/${slug}/leaderboard`;
  const board = z.array(leaderboardRow).parse(await first?.api.call(leaderboardRow.array(), "GET", path));
  expect(new Set(board.map(({ username }) => username))).toEqual(
    new Set(people.map(({ username }) => username)),
  );
  await tell(kills, recoverMs);
});

/** For the table of faults, with how long people waited. */
async function tell(kills: number, recoverMs: number): Promise<void> {
  const waits = await rows(
    `SELECT TIMESTAMPDIFF(MICROSECOND, b.accepted_at, s.finished_at) / 1e6 AS s, s.attempts FROM scorings s
     JOIN submissions b ON b.id = s.submission_id JOIN competitions c ON c.id = s.competition_id WHERE c.slug = ?`,
    [slug],
  );
  const seconds = waits.map((row) => Number(row.s));
  const again = waits.filter((row) => Number(row.attempts) > 1).length;
  const fault = `SIGKILL of ${form.workers} workers in turn, ${kills} times, of the scorer and of MariaDB`;
  const state = `${form.submissions} submissions ended, each scored once, none lost, quota right`;
  record({
    kind: "trial",
    ...{ fault, phase: "scoring", state, passed: true, recoverMs: Math.round(recoverMs) },
  });
  const [p50, p95] = [percentile(seconds, 50), percentile(seconds, 95)].map((value) => value.toFixed(1));
  record({
    kind: "note",
    text: `${fault}: from acceptance to verdict p50 ${p50} s, p95 ${p95} s; ${again} were taken up again.`,
  });
}
