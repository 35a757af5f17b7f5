import { createHash, randomBytes } from "node:crypto";
import { mkdirSync, renameSync, rmSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { eq } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { auditLog } from "@/db/schema";
import {
  createCompetition,
  publishCompetition,
  revealPrivate,
  updateCompetition,
} from "@/lib/competitions/commands/competitions";
import { createDatasetVersion } from "@/lib/competitions/commands/datasets";
import { setPicture } from "@/lib/competitions/commands/picture";
import type { ScoringClaim } from "@/lib/competitions/lifecycle/claim";
import { settleScoring } from "@/lib/competitions/lifecycle/settle";
import { createCompetitionInput } from "@/lib/competitions/model";
import { sweepStore } from "@/lib/competitions/store/sweep";
import {
  claimOne,
  masksManifest,
  reportFor,
  scoreNext,
  seedCompetition,
  seedEvaluation,
  sha256Of,
  submit,
} from "@/lib/competitions/testing";
import { newPublicId, newSlug } from "@/lib/kernel/ids";
import type { Exposure } from "@/lib/workspaces/model";
import { filesBelow, type TestPerson, type TestStore, testStore } from "./testing/store";

let lab: TestStore;
let ana: TestPerson;
const content = randomBytes(1_000_000);
const sha256 = createHash("sha256").update(content).digest("hex");
let dataset: string;

beforeAll(async () => {
  lab = await testStore();
  ana = await lab.person();
  dataset = await seedDataset("external");
});
afterAll(() => lab.close());

/** A dataset with a file in the store, and a competition on it that everybody on its side sees. @returns its slug */
async function seedDataset(exposure: Exposure, visibility: "public" | "invite" = "public"): Promise<string> {
  const [id, slug] = [newPublicId("dsv"), `d-${newSlug()}`];
  const files = [
    { name: "scan.nii.gz", bytes: content.byteLength, sha256 },
    { name: "deep/er/scan.nii.gz", bytes: content.byteLength, sha256 },
  ];
  const about = { title: "Scans", licence: "CC0-1.0", source: "made", description: "" };
  await createDatasetVersion(lab.admin.context, { id, slug, exposure, ...about, files });
  for (const { name } of files) {
    const path = lab.store.datasetFile(id, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, content);
  }
  const input = {
    slug: `c-${slug}`,
    title: "On scans",
    summary: "A test.",
    datasetVersionId: id,
    visibility,
  };
  await createCompetition(lab.admin.context, createCompetitionInput.parse(input));
  await seedEvaluation(lab.admin.context, input.slug);
  await publishCompetition(lab.admin.context, input.slug);
  return slug;
}

const pathOf = (slug: string, side = "external") => `/${side}/datasets/${slug}/files/scan.nii.gz`;

function get(headers: Record<string, string> = {}, method = "GET", path = pathOf(dataset)) {
  return lab.call({ method, path, as: ana.as, headers });
}

const bytesOf = async (response: Response) => Buffer.from(await response.arrayBuffer());

describe("a file of a dataset", () => {
  it("comes whole, under its digest, to be saved and never to be shown", async () => {
    const response = await get();
    expect(response.status).toBe(200);
    expect((await bytesOf(response)).equals(content)).toBe(true);
    expect(Object.fromEntries(response.headers)).toMatchObject({
      "accept-ranges": "bytes",
      "content-disposition": 'attachment; filename="scan.nii.gz"',
      "content-length": String(content.byteLength),
      "content-type": "application/octet-stream",
      etag: `"${sha256}"`,
      "repr-digest": `sha-256=:${createHash("sha256").update(content).digest("base64")}:`,
      "x-content-type-options": "nosniff",
    });
  });

  it("says as much to HEAD, without the file", async () => {
    const [whole, head] = [await get(), await get({ range: "bytes=0-1" }, "HEAD")];
    await whole.body?.cancel();
    expect([head.status, await head.text()]).toEqual([200, ""]);
    for (const name of ["content-length", "etag", "repr-digest", "accept-ranges"])
      expect(head.headers.get(name)).toBe(whole.headers.get(name));
  });

  it.each([
    ["bytes=0-99", 0, 100],
    ["bytes=500000-", 500_000, 1_000_000],
    ["bytes=-1", 999_999, 1_000_000],
    ["bytes=999999-5000000", 999_999, 1_000_000],
  ])("comes in part for %s", async (range, start, end) => {
    const response = await get({ range });
    expect(response.status).toBe(206);
    expect(response.headers.get("content-range")).toBe(`bytes ${start}-${end - 1}/1000000`);
    expect(response.headers.get("content-length")).toBe(String(end - start));
    expect((await bytesOf(response)).equals(content.subarray(start, end))).toBe(true);
  });

  it("comes whole where the range is of another file, or of several pieces", async () => {
    const whole: Record<string, string>[] = [
      { range: "bytes=0-1", "if-range": '"another"' },
      { range: "bytes=0-1", "if-range": "Mon, 30 Nov 2026 09:00:00 GMT" },
      { range: "bytes=0-1,4-5" },
    ];
    for (const headers of whole) {
      const response = await get(headers);
      expect([response.status, (await bytesOf(response)).byteLength]).toEqual([200, content.byteLength]);
    }
    expect((await get({ range: "bytes=0-1", "if-range": `"${sha256}"` })).status).toBe(206);
  });

  it.each(["deep/er/scan.nii.gz", "deep%2Fer/scan.nii.gz", "deep%2Fer%2Fscan.nii.gz"])(
    "lies in folders as %s",
    async (name) => {
      const response = await get({}, "HEAD", `/external/datasets/${dataset}/files/${name}`);
      expect(response.status).toBe(200);
      expect((await get({}, "GET", `/external/datasets/${dataset}/files/deep/${name}`)).status).toBe(404);
    },
  );

  it("is refused beyond its end, and not sent to who has it", async () => {
    const beyond = await get({ range: "bytes=1000000-" });
    expect(beyond.status).toBe(416);
    expect(beyond.headers.get("content-range")).toBe("bytes */1000000");
    expect(await beyond.json()).toMatchObject({ title: "The range is not in the file" });
    const had = await get({ "if-none-match": `"x", W/"${sha256}"` });
    expect([had.status, await had.text()]).toEqual([304, ""]);
  });

  it("is for who sees a competition on it: not on the other side, not without grant or invitation", async () => {
    const [inside, byInvitation] = [await seedDataset("internal"), await seedDataset("external", "invite")];
    const granted = await lab.person({ canUseInternal: true });
    const at = (surface: "external" | "internal", slug: string, as: TestPerson | null) =>
      lab.call({ method: "GET", path: pathOf(slug, surface), surface, as: as?.as ?? null });
    const answers = await Promise.all([
      at("external", dataset, null),
      at("external", byInvitation, ana),
      at("external", byInvitation, lab.admin),
      at("external", inside, granted),
      at("internal", inside, ana),
      at("internal", inside, granted),
      at("internal", dataset, granted),
    ]);
    for (const answer of answers) await answer.body?.cancel();
    expect(answers.map(({ status }) => status)).toEqual([401, 404, 200, 404, 404, 200, 404]);
  });

  it("has its version's digests beside it, as sha256sum reads them, for whoever may read the files", async () => {
    const at = (query: string, as: TestPerson | null = ana) =>
      lab.call({
        method: "GET",
        path: `/external/datasets/${dataset}/SHA256SUMS${query}`,
        as: as?.as ?? null,
      });
    const response = await at("?number=1");
    expect(response.headers.get("content-type")).toBe("text/plain; charset=utf-8");
    expect(await response.text()).toBe(`${sha256}  deep/er/scan.nii.gz\n${sha256}  scan.nii.gz\n`);
    const byInvitation = await seedDataset("external", "invite");
    const hidden = { method: "GET", path: `/external/datasets/${byInvitation}/SHA256SUMS`, as: ana.as };
    const others = [at(""), at("?number=2"), at("?all=1"), at("", null), lab.call(hidden)];
    expect((await Promise.all(others)).map(({ status }) => status)).toEqual([200, 404, 400, 401, 404]);
  });

  it.each(["..%2f..%2fsecrets.json", "scan.nii.gz%00", ".hidden", "%ff", "other.csv"])(
    "is the only one: not %s",
    async (name) => {
      const response = await get({}, "GET", `/external/datasets/${dataset}/files/${name}`);
      expect([400, 404]).toContain(response.status);
    },
  );

  it("is no link to elsewhere, and no half of itself", async () => {
    const broken = await seedDataset("external");
    const row = await lab.call({ method: "GET", path: `/external/datasets/${broken}`, as: ana.as });
    const { data } = (await row.json()) as { data: { id: string } };
    const path = lab.store.datasetFile(data.id, "scan.nii.gz");
    for (const spoil of [() => symlinkSync("/etc/hostname", path), () => writeFileSync(path, "short")]) {
      rmSync(path);
      spoil();
      expect((await get({}, "GET", pathOf(broken))).status).toBe(500);
    }
  });
});

describe("other files", () => {
  it("the sample of a competition, for who sees it", async () => {
    const { slug, evaluation } = await seedCompetition(lab.admin.context);
    const path = lab.store.sample(evaluation);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, `sample of ${slug}`);
    const response = await get({}, "GET", `/external/competitions/${slug}/sample`);
    expect(response.headers.get("content-disposition")).toBe('attachment; filename="sample.csv"');
    expect(response.headers.get("etag")).toBe(`"${sha256Of(`sample of ${slug}`)}"`);
    expect(await response.text()).toBe(`sample of ${slug}`);
    const hidden = await seedCompetition(lab.admin.context, { published: false });
    expect((await get({}, "GET", `/external/competitions/${hidden.slug}/sample`)).status).toBe(404);
  });

  it("what was submitted, for who did; an admin's reading is in the audit log", async () => {
    const { slug } = await seedCompetition(lab.admin.context);
    const sent = await lab.call({
      method: "POST",
      path: `/external/competitions/${slug}/submissions?filename=${encodeURIComponent('mine "é".csv')}`,
      as: ana.as,
      body: Buffer.from("mine"),
    });
    const { data } = (await sent.json()) as { data: { id: string } };
    const path = `/external/submissions/${data.id}/file`;
    const mine = await get({}, "GET", path);
    expect(await mine.text()).toBe("mine");
    expect(mine.headers.get("content-disposition")).toBe(
      "attachment; filename=\"mine ___.csv\"; filename*=UTF-8''mine%20%22%C3%A9%22.csv",
    );
    const reads = async () =>
      (await lab.database.db.select().from(auditLog).where(eq(auditLog.resource, data.id))).map(
        ({ action, actorName }) => `${action} ${actorName}`,
      );
    expect(await reads()).toHaveLength(1);
    expect(await (await lab.call({ method: "GET", path, as: lab.admin.as })).text()).toBe("mine");
    expect(await reads()).toContain(`submission.download ${lab.admin.context.actor.username}`);
  });

  it("board and submissions as CSV, without the private split before it is revealed", async () => {
    const { slug } = await seedCompetition(lab.admin.context);
    await lab.call({
      method: "POST",
      path: `/external/competitions/${slug}/submissions?filename=${encodeURIComponent("=cmd().csv")}`,
      as: ana.as,
      body: Buffer.from("csv"),
    });
    await lab.call({ method: "GET", path: `/external/competitions/${slug}/leaderboard.csv`, as: ana.as });
    const text = async (path: string, as = ana) => {
      const response = await lab.call({
        method: "GET",
        path: `/external/competitions/${slug}/${path}`,
        as: as.as,
      });
      return { status: response.status, lines: (await response.text()).trimEnd().split("\r\n") };
    };
    for (let settled = ""; settled !== slug; ) {
      const id = await scoreNext(lab.database.db, { public: 0.75, private: 0.25 });
      const row = await lab.call({ method: "GET", path: `/external/submissions/${id}`, as: lab.admin.as });
      settled = ((await row.json()) as { data: { competition: string } }).data.competition;
    }
    const board = await text("leaderboard.csv?split=public");
    expect(board.lines[0]).toBe(
      "rank,username,submission,score,acceptedAt,scoreLow,scoreHigh,rankLow,rankHigh,replicates,intervalAt,baseline",
    );
    expect(board.lines[1]).toMatch(new RegExp(`^1,${ana.context.actor.username},sub_\\w+,0\\.75,`));
    const mine = await text("submissions.csv");
    expect(mine.lines[0]).toBe(
      "id,filename,bytes,sha256,acceptedAt,state,public.roc_auc,public.log_loss,problem,scorer,durationMs",
    );
    expect(mine.lines[1]).toMatch(/^sub_\w+,'=cmd\(\)\.csv,3,.*,SCORED,0\.75,0\.25,,1\.0\.0,12$/);
    expect((await text("leaderboard.csv?split=private")).status).toBe(404);
    expect((await text("leaderboard.csv?split=private", lab.admin)).lines[1]).toContain(",0.25,");
    expect((await text("leaderboard.csv?split=secret")).status).toBe(400);
    expect((await text("submissions.csv?all=1")).status).toBe(400);
    const all = { method: "GET", path: `/admin/submissions.csv?competition=${slug}`, as: lab.admin.as };
    const [head, ...rows] = (await (await lab.call(all)).text()).trimEnd().split("\r\n");
    expect(head).toMatch(/^id,competition,submitter,filename,/);
    expect(rows).toHaveLength(1);
    expect(rows[0]).toContain(`,${slug},${ana.context.actor.username},'=cmd().csv,3,`);
  });
});

it("a case's truth is for who has a score, where the competition shows it, and a private one only when it is revealed", async () => {
  const { slug, evaluation } = await seedCompetition(lab.admin.context, { manifest: masksManifest });
  const put = (path: string, text: string) => {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  };
  put(`${lab.store.truth(evaluation)}/truth.csv`, "id,split\nm1,public\nm2,private\n");
  for (const id of ["m1", "m2"]) put(lab.store.truthVolume(evaluation, id), `volume ${id}`);
  const answers = async (as: TestPerson) => {
    const ids = ["m1", "m2", "m3", "..%2F..%2Ftruth"];
    const all = await Promise.all(
      ids.map((id) =>
        lab.call({ method: "GET", path: `/external/competitions/${slug}/truth/${id}`, as: as.as }),
      ),
    );
    return Promise.all(all.map(async (one) => (one.status === 200 ? await one.text() : one.status)));
  };
  expect(await answers(ana)).toEqual([404, 404, 404, 400]);
  await updateCompetition(lab.admin.context, { slug, showsPublicTruth: true });
  expect(await answers(lab.admin)).toEqual(["volume m1", 404, 404, 400]);
  expect(await answers(ana)).toEqual([404, 404, 404, 400]);
  const first = await submit(ana.context, slug);
  const elsewhere = await seedCompetition(lab.admin.context);
  const other = await submit(ana.context, elsewhere.slug);
  const settle = async (id: string, how: (claim: ScoringClaim) => Promise<unknown>) => {
    for (let claimed = ""; claimed !== id; ) {
      const claim = await claimOne(lab.database.db);
      await how(claim);
      claimed = claim.submission;
    }
  };
  const scored = (claim: ScoringClaim) => {
    const report = reportFor(claim, { public: { roc_auc: 0.5, mean_dice: 0.5, log_loss: 1 }, private: null });
    return settleScoring(lab.database.db, claim, { outcome: "scored", report, durationMs: 1 });
  };
  const problem = { detail: "No zip.", rule: "not-a-zip" };
  await settle(first, (claim) =>
    settleScoring(lab.database.db, claim, { outcome: "rejected", problem, scorer: "1.0.0", durationMs: 1 }),
  );
  await settle(other, scored);
  expect(await answers(ana)).toEqual([404, 404, 404, 400]);
  await settle(await submit(ana.context, slug), scored);
  expect(await answers(ana)).toEqual(["volume m1", 404, 404, 400]);
  await revealPrivate(lab.admin.context, { slug });
  expect(await answers(ana)).toEqual(["volume m1", "volume m2", 404, 400]);
  const hidden = await seedCompetition(lab.admin.context, {
    manifest: masksManifest,
    settings: { visibility: "invite", showsPublicTruth: true },
  });
  const path = `/external/competitions/${hidden.slug}/truth/m1`;
  expect((await lab.call({ method: "GET", path, as: ana.as })).status).toBe(404);
});

it("a picture is shown to who sees the competition, as long as it is this one", async () => {
  const { slug } = await seedCompetition(lab.admin.context);
  const [first, second] = [sha256Of("first"), sha256Of("second")];
  mkdirSync(dirname(lab.store.picture(first)), { recursive: true });
  for (const [sha, text] of [
    [first, "first"],
    [second, "second"],
  ] as const)
    writeFileSync(lab.store.picture(sha), text);
  const at = (sha: string, as: TestPerson | null = ana) =>
    lab.call({
      method: "GET",
      path: `/external/competitions/${slug}/pictures/${sha}`,
      as: as?.as ?? null,
    });
  expect((await at(first)).status).toBe(404);
  await setPicture(lab.admin.context, slug, { sha256: first, type: "webp" });
  const shown = await at(first);
  expect([shown.status, await shown.text()]).toEqual([200, "first"]);
  expect(Object.fromEntries(shown.headers)).toMatchObject({
    "cache-control": "private, max-age=31536000, immutable, no-transform",
    "content-disposition": "inline",
    "content-type": "image/webp",
    "x-content-type-options": "nosniff",
  });
  expect((await at(first, null)).status).toBe(401);
  await expect(setPicture(ana.context, slug, null)).rejects.toThrow("admin");
  await setPicture(lab.admin.context, slug, { sha256: second, type: "png" });
  expect([(await at(first)).status, (await at(second)).status]).toEqual([404, 200]);
});

it("a file of the store that no row names is swept when it is old, others never", async () => {
  const { slug } = await seedCompetition(lab.admin.context);
  const path = `/external/competitions/${slug}/submissions?filename=p.csv`;
  await lab.call({ method: "POST", path, as: ana.as, body: Buffer.from("named") });
  const [named, orphan, young] = [sha256Of("named"), sha256Of("orphan"), sha256Of("young")];
  for (const each of [orphan, young]) {
    mkdirSync(lab.store.submissionFolder(each), { recursive: true });
    writeFileSync(lab.store.submission(each), "x");
  }
  mkdirSync(lab.store.staged, { recursive: true });
  writeFileSync(`${lab.store.staged}/left`, "x");
  const past = new Date(Date.now() - 25 * 3_600_000);
  for (const old of [lab.store.submission(named), lab.store.submission(orphan), `${lab.store.staged}/left`])
    utimesSync(old, past, past);
  // As a sweep that was killed leaves one that came in anew meanwhile.
  renameSync(lab.store.submission(named), `${lab.store.staged}/swept-${named}`);
  expect(await sweepStore(lab.database.db, lab.store, Date.now())).toBe(2);
  const left = filesBelow(lab.store.submissions);
  expect(left).toEqual(expect.arrayContaining([named, young]));
  expect(left).not.toContain(orphan);
  expect(left).not.toContain("left");
});
