import { randomBytes } from "node:crypto";
import { readFileSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import {
  binaryFiles,
  type Files,
  temporaryParent,
  writeFolder,
} from "@/lib/competitions/folder/testing/folders";
import { leaderboardRow, submissionView } from "@/lib/competitions/model";
import type { Api } from "../support/api";
import { submitFile } from "../support/competitions";
import { change, closeDatabase, rows } from "../support/database";
import { testEnv } from "../support/env";
import { eventually } from "../support/eventually";
import { medforgeArgv, medforgeOptions } from "../support/host";
import { login, newcomer, type Person } from "../support/people";
import { outcome } from "../support/run";

/** The operator's commands about competitions, on the installation's own worker, scorer and store. */
let parent: string;
let ana: Person;
let admin: Api;
const slug = `contest-${randomBytes(4).toString("hex")}`;
/** Longest until the worker has scored something, in ms. */
const scoredMs = 60_000;

beforeAll(async () => {
  parent = temporaryParent();
  ana = await newcomer("ana");
  admin = await login("admin", readFileSync(testEnv().MEDFORGE_TEST_ADMIN_PASSWORD, "utf8").trim());
});
afterAll(async () => {
  rmSync(parent, { recursive: true });
  await closeDatabase();
});

function folder(name: string, over: Files = {}): string {
  const competition = {
    ...{ schema: "medforge/competition@1", slug: name, title: "A small one" },
    ...{ source: "Made up", licence: "CC0-1.0" },
  };
  return writeFolder(parent, { ...binaryFiles, "competition.json": JSON.stringify(competition), ...over });
}

const command = (...args: string[]) => outcome(medforgeArgv(...args), medforgeOptions());

const board = async (name: string) =>
  admin.call(leaderboardRow.array(), "GET", `external/competitions/${name}/leaderboard`);

const stored = () =>
  rows(
    `SELECT l.split, HEX(l.order_key) AS order_key, l.user_id, l.submission_id, l.score FROM leaderboard_entries l
     JOIN evaluations e ON e.id = l.evaluation_id JOIN competitions c ON c.id = e.competition_id
     WHERE c.slug = ? ORDER BY l.split, l.order_key`,
    [slug],
  );

test("a lab begins with a competition, its baseline on the board", async () => {
  const lines = await eventually("the baseline is on the board", scoredMs, async () => {
    const found = await board("wdbc-fine-needle").catch(() => []);
    return found.length > 0 ? found : undefined;
  });
  expect(lines).toMatchObject([{ rank: 1, username: "admin" }]);
});

test("a folder comes in and is published with its baseline; once more changes nothing", async () => {
  const dir = folder(slug);
  const first = await command("competition", "import", dir, "--publish");
  expect(first).toMatchObject({ code: 0, stderr: "" });
  expect(first.stdout).toContain("version 1, is READY; the sample scores");
  expect(first.stdout).toMatch(/Baseline: SCORED .*"roc_auc":1.* as admin \(sub_/);
  const again = await command("competition", "import", dir, "--publish");
  const id = /\(sub_\w+\)/;
  expect(again).toMatchObject({ code: 0, stderr: "" });
  expect(again.stdout.match(id)).toEqual(first.stdout.match(id));
  const evaluations = await rows(
    "SELECT e.public_id FROM evaluations e JOIN competitions c ON c.id = e.competition_id WHERE c.slug = ?",
    [slug],
  );
  expect(evaluations).toHaveLength(1);
  const store = join(testEnv().MEDFORGE_TEST_DATA_DIR, "competitions/evaluations", evaluations[0]?.public_id);
  expect(statSync(join(store, "truth/truth.csv")).mode & 0o777).toBe(0o440);
  expect((await command("competition", "list")).stdout).toMatch(
    new RegExp(`^${slug} +external, public, published, evaluation 1 READY, submissions: 1$`, "m"),
  );
});

test("a truth that leaves a metric undefined is refused, and nothing of it is published", async () => {
  const name = `${slug}-refused`;
  const oneClass =
    "id,label,split\na1,malignant,public\na2,malignant,public\na3,benign,private\na4,malignant,private\n";
  const dir = folder(name, { "private/truth.csv": oneClass });
  const { code, stderr } = await command("competition", "import", dir, "--publish");
  expect({ code, stderr }).toMatchObject({
    code: 1,
    stderr: expect.stringContaining(
      "roc_auc is undefined on the public split: The truth has one class only.",
    ),
  });
  await expect(ana.api.call(z.unknown(), "GET", `external/competitions/${name}`)).rejects.toThrow("404");
});

test("stored scores are proven, and one that was tampered with is found by its metric", async () => {
  const file = "id,probability\na1,0.6\na2,0.7\na3,0.2\na4,0.9\n";
  const { id } = await submitFile(ana.api, file, { slug });
  await eventually("it is scored", scoredMs, async () => {
    const { state } = await ana.api.call(submissionView, "GET", `external/submissions/${id}`);
    return state === "SCORED" ? true : undefined;
  });
  const proven = await command("rescore", slug, "--verify");
  expect(proven).toMatchObject({ code: 0, stderr: "" });
  expect(proven.stdout).toContain("2 came out bit for bit the same");

  const before = await stored();
  const tamper = (auc: number) =>
    change(
      `UPDATE scorings s JOIN submissions b ON b.id = s.submission_id
       SET s.metrics = JSON_REPLACE(s.metrics, '$.public.roc_auc', ${auc}) WHERE b.public_id = ?`,
      [id],
    );
  await tamper(0.999);
  const found = await command("rescore", slug, "--verify");
  expect(found.code).toBe(1);
  expect(found.stdout).toContain(`${id}\n  public roc_auc: 0.999 on record, 0 in its stored report.`);
  expect(found.stdout).toContain("1 of 2 came out otherwise");
  expect((await command("leaderboard", "rebuild", slug)).stdout).toContain("4 entries, 1 of them changed");
  await tamper(0);
  expect((await command("leaderboard", "rebuild", slug)).stdout).toContain("4 entries, 1 of them changed");
  expect(await stored()).toEqual(before);
  expect((await command("rescore", slug)).stdout).toContain("nothing to do");
});
