import { statSync } from "node:fs";
import { eq, sql } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { auditLog, competitionImports, competitions, evaluations, submissions } from "@/db/schema";
import { binaryFiles, competitionFile, type Files } from "@/lib/competitions/folder/testing/folders";
import { type ImportView, importView, publishedImport } from "@/lib/competitions/import-model";
import { claimCheck, settleCheck } from "@/lib/competitions/lifecycle/check";
import { claimImport, ImportLost, settleImport } from "@/lib/competitions/lifecycle/imports";
import { type ZipEntry, zipFile } from "@/lib/competitions/scoring/testing/zip-file";
import { reportFor } from "@/lib/competitions/testing";
import { required } from "@/lib/kernel/assert";
import { problemBody } from "./problem-body";
import { filesBelow, type TestPerson, type TestStore, testStore } from "./raw/testing/store";
import { importHeader } from "./raw/upload-purpose";

let lab: TestStore;
beforeAll(async () => {
  lab = await testStore();
});
afterAll(() => lab.close());

const db = () => lab.database.db;

/** A zip of a folder's files; null leaves one out. */
function zipOf(files: Files, more: readonly ZipEntry[] = []): Buffer {
  const entries = Object.entries(files).flatMap(([name, content]) =>
    content === null ? [] : [{ name, content: Buffer.from(content) }],
  );
  return zipFile([...entries, ...more]);
}

const named = (slug: string, over: object = {}): Files => ({
  ...binaryFiles,
  "competition.json": JSON.stringify({ ...competitionFile, slug, ...over }),
});

interface Sending {
  as?: TestPerson;
  metadata?: Record<string, string>;
  surface?: "external" | "internal";
}

/** In one part, as a small one is sent. @returns the answer that says what it became, or that refuses it */
async function send(zip: Buffer, sending: Sending = {}): Promise<Response> {
  const { as = lab.admin, metadata = { purpose: "competition" }, surface = "external" } = sending;
  const said = Object.entries({ filename: "folder.zip", ...metadata })
    .map(([name, value]) => `${name} ${Buffer.from(value).toString("base64")}`)
    .join(",");
  const call = (method: string, path: string, headers: Record<string, string>, body?: Buffer) =>
    lab.call({ method, path, surface, as: as.as, body, headers: { "tus-resumable": "1.0.0", ...headers } });
  const headers = { "upload-length": String(zip.byteLength), "upload-metadata": said };
  const begun = await call("POST", `/${surface}/uploads`, headers);
  if (begun.status !== 201) return begun;
  const id = required(begun.headers.get("location")?.split("/").at(-1), "the upload");
  const part = { "upload-offset": "0", "content-type": "application/offset+octet-stream" };
  return call("PATCH", `/${surface}/uploads/${id}`, part, zip);
}

async function look(id: string, as = lab.admin): Promise<ImportView> {
  const response = await lab.call({ method: "GET", path: `/admin/imports/${id}`, as: as.as });
  expect(response.status).toBe(200);
  return importView.parse((await response.json()).data);
}

/** Until it was read. */
async function read(id: string): Promise<ImportView> {
  for (;;) {
    const view = await look(id);
    if (view.state === "REFUSED" || view.state === "IMPORTED") return view;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

async function bringIn(zip: Buffer, sending: Sending = {}): Promise<ImportView> {
  const response = await send(zip, sending);
  expect(response.status).toBe(204);
  return read(required(response.headers.get(importHeader), "the import"));
}

/** Neither the zip nor what was unpacked of it, as soon as its verdict is written. */
async function nothingLeft({ id }: ImportView): Promise<void> {
  const left = () => [...filesBelow(lab.store.uploads), ...filesBelow(lab.store.importing(id))];
  await expect.poll(left).toEqual([]);
}

const lines = ({ problems }: ImportView) =>
  problems.map(({ file, field, message }) => [file, field, message].filter(Boolean).join(": "));

/** What a worker would say of the evaluation that waits. */
async function check(aucs: { public: number; private: number }): Promise<void> {
  const claim = required(await claimCheck(db(), "checker"), "a check");
  const of = (auc: number) => ({ roc_auc: auc, log_loss: 1 });
  const splits = { public: of(aucs.public), private: of(aucs.private) };
  await settleCheck(db(), claim, { outcome: "scored", report: reportFor(claim, splits) });
}

describe("a folder's zip", () => {
  it("becomes a competition, is checked, and is published with its baseline", async () => {
    const view = await bringIn(zipOf(named("from-a-zip")));
    expect(view).toMatchObject({
      state: "IMPORTED",
      problems: [],
      competition: {
        slug: "from-a-zip",
        created: true,
        publishedAt: null,
        cases: { public: 2, private: 2 },
        files: 3,
        hasBaseline: true,
      },
      evaluation: { number: 1, state: "CHECKING", current: false },
    });
    await nothingLeft(view);
    await check({ public: 0.5, private: 0.5 });
    expect((await look(view.id)).evaluation).toMatchObject({ state: "READY", current: true });

    const publish = () =>
      lab.call({ method: "POST", path: `/admin/imports/${view.id}/publish`, as: lab.admin.as });
    const published = publishedImport.parse((await (await publish()).json()).data);
    const [baseline, ...others] = await db().select().from(submissions);
    expect(published).toEqual({ slug: "from-a-zip", baseline: baseline?.publicId });
    expect(publishedImport.parse((await (await publish()).json()).data)).toEqual(published);
    expect([baseline?.filename, others]).toEqual(["baseline_submission.csv", []]);
    expect(statSync(lab.store.submission(baseline?.sha256 ?? "")).size).toBe(baseline?.bytes);
    expect((await look(view.id)).competition?.publishedAt).not.toBeNull();
    const audited = await db().select().from(auditLog).where(eq(auditLog.resource, view.id));
    expect(audited.map(({ action, actorName }) => [action, actorName])).toEqual([
      ["competition.import", lab.admin.context.actor.username],
    ]);
  });

  it("says everything that is wrong with it, by file and field, and changes nothing", async () => {
    const before = await db().select().from(competitions);
    const view = await bringIn(
      zipOf({
        ...named("Not A Slug", { prize: 1 }),
        "private/truth.csv": "id,label,split\na1,malignant,public\na1,benign,private\n",
        "notes.txt": "hm",
      }),
    );
    expect(view).toMatchObject({ state: "REFUSED", competition: null, evaluation: null });
    expect(lines(view)).toEqual([
      "competition.json: slug: Lower-case letters and digits, in words joined by single hyphens.",
      "competition.json: prize: There is no such field.",
      "private/truth.csv: Line 3 has the id “a1” a second time.",
      "notes.txt: A competition's folder has no such file.",
    ]);
    const other = await bringIn(zipOf({ ...named("has-a-line"), "private/truth.csv": "id,label\na1,odd\n" }));
    expect(lines(other)[0]).toMatch(/^private\/truth\.csv: Line 2/);
    expect(lines(await bringIn(zipOf(named("new")), {}))).toEqual([
      "competition.json: slug: The console has another page there.",
    ]);
    expect(await db().select().from(competitions)).toEqual(before);
    await nothingLeft(view);
  });

  it("that is hostile is refused with nothing unpacked", async () => {
    const way = await bringIn(zipOf(named("hostile"), [{ name: "../../evil", content: Buffer.from("x") }]));
    expect(lines(way)[0]).toMatch(/^\.\.\/\.\.\/evil: Names have/);
    const bomb = zipOf(named("hostile"), [
      { name: "public/b", content: Buffer.from("x"), uncompressedSize: 2 ** 31 },
    ]);
    expect(lines(await bringIn(bomb))[0]).toMatch(/^\.: The zip of \d+ bytes claims to hold/);
    expect(lines(await bringIn(Buffer.from("no zip")))).toEqual([".: This is no zip, or not a whole one."]);
  });

  it("changes a published competition once an administrator says so, and not its data", async () => {
    const { title } = competitionFile;
    const same = await bringIn(zipOf(named("from-a-zip", { title: "Another title" })));
    expect(same).toMatchObject({
      competition: { created: false, title },
      evaluation: { number: 1, state: "READY" },
      waiting: {
        changes: ["title", "summary"].map((field) => ({ field, before: title, after: "Another title" })),
      },
    });
    const confirmed = await lab.call({
      ...{ method: "POST", path: `/admin/imports/${same.id}/confirm`, as: lab.admin.as },
      body: {},
    });
    expect(confirmed.status).toBe(200);
    expect(await look(same.id)).toMatchObject({ competition: { title: "Another title" }, waiting: null });
    const other = await bringIn(zipOf({ ...named("from-a-zip"), "public/train.csv": "id\n1\n" }));
    expect(lines(other)[0]).toMatch(/^competition\.json: slug: There is a competition from-a-zip already/);
  });

  it("is refused where the sample scores otherwise than it says itself", async () => {
    const checks = JSON.stringify({ "sample_submission/public": { roc_auc: 0.5 } });
    const view = await bringIn(zipOf({ ...named("checked"), "private/checks.json": checks }));
    await check({ public: 0.75, private: 0.5 });
    expect((await look(view.id)).evaluation).toMatchObject({
      state: "REFUSED",
      reason: expect.stringContaining("The sample's public roc_auc is 0.75, and 0.5 in private/checks.json."),
    });
  });

  it("is of the side of the lab that it comes to", async () => {
    const inside = zipOf(named("inside", { exposure: "internal" }));
    expect(lines(await bringIn(inside))).toEqual([
      "competition.json: exposure: It is internal: bring it in at the address of that side of the lab.",
    ]);
    const view = await bringIn(inside, { surface: "internal" });
    expect(view.competition?.slug).toBe("inside");
    await check({ public: 0.5, private: 0.5 });
  });
});

describe("an evaluation's zip", () => {
  const parts: Files = {
    "evaluation.json": binaryFiles["evaluation.json"] ?? null,
    "public/sample_submission.csv": binaryFiles["public/sample_submission.csv"] ?? null,
    "private/truth.csv":
      "id,label,split\na1,benign,public\na2,malignant,public\na3,benign,private\na4,malignant,private\n",
  };
  const metadata = { purpose: "evaluation", slug: "from-a-zip" };

  it("is the competition's next version", async () => {
    const view = await bringIn(zipOf(parts), { metadata });
    expect(view).toMatchObject({
      target: "from-a-zip",
      competition: { slug: "from-a-zip", files: null, hasBaseline: false },
      evaluation: { number: 2, state: "CHECKING" },
    });
    await check({ public: 0.5, private: 0.5 });
    const [row] = await db()
      .select()
      .from(evaluations)
      .where(eq(evaluations.publicId, view.evaluation?.id ?? ""));
    expect(row).toMatchObject({ number: 2, state: "READY" });
  });

  it("waits to be confirmed where its competition was published while it was checked", async () => {
    const slug = "published-meanwhile";
    const first = await bringIn(zipOf(named(slug)));
    await check({ public: 0.5, private: 0.5 });
    const next = await bringIn(zipOf(parts), { metadata: { purpose: "evaluation", slug } });
    expect(next.waiting).toBeNull();
    const call = (path: string, body?: object) =>
      lab.call({ method: "POST", path: `/admin/imports/${path}`, as: lab.admin.as, body });
    expect((await call(`${first.id}/publish`)).status).toBe(200);
    await check({ public: 0.5, private: 0.5 });
    expect(await look(next.id)).toMatchObject({
      evaluation: { state: "READY", current: false },
      waiting: { changes: [], replaces: { number: 1 } },
    });
    expect((await call(`${next.id}/confirm`, {})).status).toBe(200);
    expect(await look(next.id)).toMatchObject({ evaluation: { current: true }, waiting: null });
  });

  it("has nothing else in it, and a competition to be of", async () => {
    expect(lines(await bringIn(zipOf({ ...parts, "public/train.csv": "id\n" }), { metadata }))).toEqual([
      "public/train.csv: An evaluation's folder has no such file.",
    ]);
    const nowhere = await send(zipOf(parts), { metadata: { purpose: "evaluation", slug: "nowhere" } });
    expect(nowhere.status).toBe(404);
  });
});

describe("who and what is refused at once", () => {
  it.each<[string, () => Promise<Response>, number, RegExp]>([
    [
      "whoever is no admin",
      async () => send(zipOf(named("x")), { as: await lab.person() }),
      403,
      /admin role/,
    ],
    [
      "an admin without the grant, on the internal side",
      async () => send(zipOf(named("x")), { as: await lab.person({ role: "admin" }), surface: "internal" }),
      403,
      /internal/,
    ],
    ["nothing", () => send(Buffer.alloc(0)), 400, /empty/],
    [
      "a purpose that is none",
      () => send(zipOf(named("x")), { metadata: { purpose: "mischief" } }),
      400,
      /purpose/,
    ],
  ])("%s", async (_what, sent, status, detail) => {
    const response = await sent();
    expect(response.status).toBe(status);
    expect(problemBody.parse(await response.json()).detail).toMatch(detail);
    await expect.poll(() => filesBelow(lab.store.uploads)).toEqual([]);
  });

  it("another's look at it", async () => {
    const view = await bringIn(zipOf(named("looked-at")));
    await check({ public: 0.5, private: 0.5 });
    const asked = (as: TestPerson) =>
      lab.call({ method: "GET", path: `/admin/imports/${view.id}`, as: as.as });
    expect((await asked(await lab.person())).status).toBe(403);
    expect((await asked(await lab.person({ role: "admin" }))).status).toBe(200);
  });
});

it("of many processes one reads it; whoever was killed at it is followed by another, a few times", async () => {
  const [row] = await db().select().from(competitionImports).limit(1);
  const { id, ...one } = required(row, "an import");
  const waiting = {
    ...one,
    publicId: "imp_aaaaaaaaaaaaaaaa",
    uploadId: "killed-again",
    state: "WAITING" as const,
  };
  await db()
    .insert(competitionImports)
    .values({ ...waiting, attempts: 0, claimOwner: null, claimExpiresAt: null });
  const killed = () =>
    db()
      .update(competitionImports)
      .set({ claimExpiresAt: sql`utc_timestamp(3) - interval 1 second` })
      .where(eq(competitionImports.uploadId, "killed-again"));
  const claims = await Promise.all(Array.from({ length: 6 }, (_, n) => claimImport(db(), `web-${n}`)));
  const [lost] = claims.filter((claim) => claim !== null);
  expect(claims.filter((claim) => claim !== null)).toHaveLength(1);
  await killed();
  expect(await claimImport(db(), "second")).toMatchObject({ attempts: 2 });
  await expect(settleImport(db(), required(lost, "the first"), { problems: [] })).rejects.toThrow(ImportLost);
  await killed();
  expect(await claimImport(db(), "third")).toMatchObject({ attempts: 3 });
  await killed();
  expect(await claimImport(db(), "fourth")).toBeNull();
  const [ended] = await db()
    .select()
    .from(competitionImports)
    .where(eq(competitionImports.uploadId, "killed-again"));
  expect(ended).toMatchObject({
    state: "REFUSED",
    problems: [{ message: expect.stringContaining("3 times") }],
  });
  await db().delete(competitionImports).where(eq(competitionImports.uploadId, "killed-again"));
});
