import { randomBytes } from "node:crypto";
import { readFileSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { Readable } from "node:stream";
import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import {
  binaryFiles,
  type Files,
  temporaryParent,
  writeFolder,
} from "@/lib/competitions/folder/testing/folders";
import { competitionView, leaderboardRow, submissionView } from "@/lib/competitions/model";
import { type Api, problemOf } from "../support/api";
import { submitFile } from "../support/competitions";
import { change, closeDatabase, rows } from "../support/database";
import { testEnv } from "../support/env";
import { eventually } from "../support/eventually";
import { medforgeArgv, medforgeOptions, residentBytes } from "../support/host";
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
  expect(again.stdout.match(id)?.[0]).toBe(first.stdout.match(id)?.[0] ?? "none");
  expect(again.stdout).toContain(`${slug}: unchanged, published`);
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

test("another truth of a published one is told, checked, and takes force by --replace alone", async () => {
  const name = `${slug}-next`;
  expect(await command("competition", "import", folder(name), "--publish")).toMatchObject({ code: 0 });
  const truth =
    "id,label,split\na1,benign,public\na2,malignant,public\na3,benign,private\na4,malignant,private\n";
  const next = folder(name, { "private/truth.csv": truth, "private/checks.json": null });
  const told = await command("competition", "import", next);
  expect(told).toMatchObject({ code: 1, stderr: expect.stringContaining("--replace lets it take force") });
  expect(told.stdout).toContain(`${name} is published, with 1 submitter. With --replace this would change:
  evaluation: version 1 → a new version, by which every submission is scored anew`);
  expect(told.stdout).toContain("version 2, is READY, not in force yet");
  const current = async () =>
    (await ana.api.call(competitionView, "GET", `external/competitions/${name}`)).evaluation?.number;
  expect(await current()).toBe(1);
  const replaced = await command("competition", "import", next, "--replace");
  expect(replaced).toMatchObject({ code: 0, stderr: "" });
  expect(replaced.stdout).toContain(`${name} is published, as the folder has it`);
  expect(await current()).toBe(2);
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

test("a baseline that is not scored as the folder says is told, with another exit code", async () => {
  const checks = JSON.stringify({ "baseline_submission/public": { roc_auc: 0.5 } });
  const dir = folder(`${slug}-otherwise`, { "private/checks.json": checks });
  expect(await command("competition", "import", dir, "--publish")).toMatchObject({
    code: 1,
    stderr: expect.stringContaining("The baseline's public roc_auc is 1, and 0.5 in private/checks.json."),
  });
});

test("a file in folders comes by its path, its slashes plain or encoded, and a picture by its digest", async () => {
  const name = `${slug}-folders`;
  const [image, picture] = [Buffer.from("pixels"), Buffer.from("89504e470d0a1a0a", "hex")];
  const dir = folder(name, { "public/images/deep/1.png": image, "picture.png": picture });
  expect(await command("competition", "import", dir, "--publish")).toMatchObject({ code: 0 });
  const file = (path: string) => ana.api.raw("GET", `external/datasets/${name}/files/${path}`);
  for (const path of ["images/deep/1.png", "images%2Fdeep/1.png", "images%2Fdeep%2F1.png"])
    expect(await file(path), path).toMatchObject({ status: 200, text: "pixels" });
  for (const path of ["images/deep", "images%2F%2Fdeep/1.png", "images%2F..%2Ftest.csv"])
    expect([400, 404], path).toContain((await file(path)).status);
  const { picture: digest } = await ana.api.call(competitionView, "GET", `external/competitions/${name}`);
  const shown = await ana.api.raw("GET", `external/competitions/${name}/pictures/${digest}`);
  expect(shown).toMatchObject({ status: 200, headers: { "content-type": "image/png" } });
  expect(shown.headers["cache-control"]).toContain("immutable");
  const other = `external/competitions/wdbc-fine-needle/pictures/${digest}`;
  expect((await ana.api.raw("GET", other)).status).toBe(404);
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

  // The baseline came first; whoever goes on behind it proves the other one alone.
  const [first] = await rows(
    `SELECT b.public_id AS id FROM submissions b JOIN competitions c ON c.id = b.competition_id
     WHERE c.slug = ? ORDER BY b.id LIMIT 1`,
    [slug],
  );
  const goneOn = await command("rescore", slug, "--verify", "--after", String(first?.id));
  expect(goneOn).toMatchObject({
    code: 0,
    stdout: expect.stringContaining("1 came out bit for bit the same"),
  });
  const elsewhere = await command("rescore", "wdbc-fine-needle", "--verify", "--after", id);
  expect(elsewhere).toMatchObject({
    code: 1,
    stderr: expect.stringContaining(`No submission ${id} to this`),
  });
  const unproven = await command("rescore", slug, "--after", id);
  expect(unproven).toMatchObject({ code: 1, stderr: expect.stringContaining("--after is for --verify.") });

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
  expect(found.stdout).toMatch(/✗.* Scores of .*1 of 2 came out otherwise/);
  expect((await command("leaderboard", "rebuild", slug)).stdout).toContain("4 entries, 1 of them changed");
  await tamper(0);
  expect((await command("leaderboard", "rebuild", slug)).stdout).toContain("4 entries, 1 of them changed");
  expect(await stored()).toEqual(before);
  expect((await command("rescore", slug)).stdout).toContain("nothing to do");
});

test("files pass edge and web as they come, however large, and what is over the limit is refused with its reason", async () => {
  const mb = 2 ** 20;
  const size = 288 * mb;
  await change("UPDATE competitions SET max_upload_bytes = ? WHERE slug = ?", [size, slug]);
  const parts = ["web", "caddy"] as const;
  const before = parts.map(residentBytes);
  let most = 0;
  /** Each MiB begins with its number. */
  function* made(bytes: number) {
    for (let at = 0; at < bytes; at += mb) {
      const chunk = Buffer.alloc(mb);
      chunk.writeUInt32BE(at / mb);
      if (at % (16 * mb) === 0)
        most = Math.max(most, ...parts.map((part, index) => residentBytes(part) - (before[index] ?? 0)));
      yield chunk;
    }
  }
  const send = (bytes: number) =>
    ana.api.raw(
      "POST",
      `external/competitions/${slug}/submissions?filename=p.csv`,
      Readable.from(made(bytes)),
      {
        "content-type": "application/octet-stream",
      },
    );
  const tooLarge = await send(size + 16 * mb);
  expect(problemOf(tooLarge)).toMatchObject({ status: 413, detail: expect.stringContaining("288 MB") });
  const answer = await send(size);
  expect(answer.status).toBe(201);
  const { data } = z.object({ data: submissionView }).parse(JSON.parse(answer.text));
  expect(data.bytes).toBe(size);
  expect(most).toBeLessThan(160 * mb);

  const first = 65 * mb;
  const range = `bytes=${first}-${first + 3}`;
  const part = await ana.api.raw("GET", `external/submissions/${data.id}/file`, undefined, { range });
  expect(part).toMatchObject({ status: 206, text: "\0\0\0A" });
  expect(part.headers["content-range"]).toBe(`bytes ${first}-${first + 3}/${size}`);
});
