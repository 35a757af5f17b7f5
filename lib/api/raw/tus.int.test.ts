import { createHash, randomBytes } from "node:crypto";
import { rmSync, statSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { eq } from "drizzle-orm";
import pino from "pino";
import { Upload } from "tus-js-client";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { auditLog, submissions } from "@/db/schema";
import { updateCompetition } from "@/lib/competitions/commands/competitions";
import { sweepStore } from "@/lib/competitions/store/sweep";
import { partialUploads } from "@/lib/competitions/store/tunables";
import { seedCompetition, sha256Of } from "@/lib/competitions/testing";
import { required } from "@/lib/kernel/assert";
import { problemBody } from "../problem-body";
import { type TestServer, testCaller, testServer } from "../testing";
import { filesBelow, type TestPerson, type TestStore, testStore } from "./testing/store";
import { submissionHeader } from "./upload-purpose";

let lab: TestStore;
let server: TestServer;
let ana: TestPerson;
let slug: string;
let call: TestStore["call"];
/** What the operator is told. */
const failures: string[] = [];

beforeAll(async () => {
  lab = await testStore();
  const log = pino({ level: "error" }, { write: (line: string) => void failures.push(line) });
  server = await testServer({ ...lab.services, log });
  call = testCaller({ ...lab.services, log });
  ana = await lab.person();
  slug = (await seedCompetition(lab.admin.context)).slug;
});
afterAll(async () => {
  await server.close();
  await lab.close();
});

const of = (person: TestPerson) =>
  lab.database.db
    .select()
    .from(submissions)
    .where(eq(submissions.userId, person.context.actor.userId))
    .orderBy(submissions.id);

interface Sending {
  as: TestPerson;
  to?: string;
  chunkSize?: number;
  onProgress?: (sent: number) => void;
}

/** By the official client. @returns the submission that the server names, and how often a request was made */
function sendWhole(content: Buffer, { as, to = slug, chunkSize, onProgress }: Sending) {
  const requests: string[] = [];
  const sent = new Promise<string | undefined>((resolve, reject) => {
    const upload = new Upload(content, {
      endpoint: `${server.url}/api/v2/external/uploads`,
      metadata: { slug: to, filename: "masks.zip" },
      headers: { authorization: `Bearer ${as.as.token}` },
      retryDelays: [0, 50, 100, 200],
      ...(chunkSize === undefined ? {} : { chunkSize }),
      onProgress: (bytes) => onProgress?.(bytes),
      onAfterResponse: (request) => void requests.push(request.getMethod()),
      onSuccess: ({ lastResponse }) => resolve(lastResponse.getHeader(submissionHeader)),
      onError: reject,
    });
    upload.start();
  });
  return { sent, requests };
}

const metadata = (values: Record<string, string>) =>
  Object.entries(values)
    .map(([name, value]) => `${name} ${Buffer.from(value).toString("base64")}`)
    .join(",");

interface Step {
  as?: TestPerson;
  method: string;
  id?: string;
  headers?: Record<string, string>;
  body?: Uint8Array;
  surface?: "external" | "internal";
}

function step({ as = ana, method, id, headers = {}, body, surface = "external" }: Step): Promise<Response> {
  return call({
    method,
    path: `/${surface}/uploads${id === undefined ? "" : `/${id}`}`,
    surface,
    as: as.as,
    body,
    headers: {
      "tus-resumable": "1.0.0",
      ...(method === "PATCH" ? { "content-type": "application/offset+octet-stream" } : {}),
      ...headers,
    },
  });
}

function begin(bytes: number, as = ana, values: Record<string, string> = { slug, filename: "p.csv" }) {
  const headers = { "upload-length": String(bytes), "upload-metadata": metadata(values) };
  return step({ as, method: "POST", headers });
}

async function begun(bytes: number, as = ana, to = slug): Promise<string> {
  const response = await begin(bytes, as, { slug: to, filename: "p.csv" });
  expect(response.status).toBe(201);
  const location = required(response.headers.get("location"), "where it goes on");
  expect(location).toMatch(/^\/api\/v2\/external\/uploads\/usr_/);
  return required(location.split("/").at(-1), "the upload's id");
}

const part = (id: string, offset: number, body: string | Uint8Array, as = ana) =>
  step({ as, method: "PATCH", id, headers: { "upload-offset": String(offset) }, body: Buffer.from(body) });

async function refusal(response: Response, status: number): Promise<string> {
  expect(response.status).toBe(status);
  expect(response.headers.get("content-type")).toBe("application/problem+json");
  return problemBody.parse(await response.json()).detail;
}

describe("by the official client", () => {
  it("an upload whose connections are cut goes on where it was, and becomes one submission", async () => {
    const who = await lab.person();
    const content = randomBytes(24 * 2 ** 20);
    let cuts = 0;
    const { sent, requests } = sendWhole(content, {
      as: who,
      onProgress: (bytes) => {
        if (bytes < (cuts + 1) * 6 * 2 ** 20 || cuts === 2) return;
        cuts += 1;
        server.cut();
      },
    });
    const id = await sent;
    expect(cuts).toBe(2);
    // A line that breaks is nobody's to mend.
    expect(failures).toEqual([]);
    expect(requests.filter((method) => method === "HEAD").length).toBeGreaterThan(0);
    const [row, ...more] = await of(who);
    expect(more).toEqual([]);
    expect(row).toMatchObject({
      publicId: id,
      filename: "masks.zip",
      bytes: content.byteLength,
      sha256: createHash("sha256").update(content).digest("hex"),
    });
    expect(filesBelow(lab.store.uploads)).toEqual([]);
    expect(filesBelow(lab.store.staged)).toEqual([]);
  });

  it("in chunks, and an empty one", async () => {
    const who = await lab.person();
    const chunks = sendWhole(randomBytes(5 * 2 ** 20 + 1), { as: who, chunkSize: 2 ** 20 });
    const [inChunks, empty] = [await chunks.sent, await sendWhole(Buffer.alloc(0), { as: who }).sent];
    expect(chunks.requests.filter((method) => method === "PATCH")).toHaveLength(6);
    expect((await of(who)).map(({ publicId, bytes }) => [publicId, bytes])).toEqual([
      [inChunks, 5 * 2 ** 20 + 1],
      [empty, 0],
    ]);
  });
});

describe("an upload", () => {
  it("is its owner's alone: nobody else can see it, go on with it or delete it, nor its surface's other side", async () => {
    const eve = await lab.person({ canUseInternal: true });
    const id = await begun(4);
    for (const method of ["HEAD", "DELETE"]) expect((await step({ as: eve, method, id })).status).toBe(404);
    await refusal(await part(id, 0, "eve", eve), 404);
    const mine = await step({ method: "HEAD", id });
    expect([mine.status, mine.headers.get("upload-offset")]).toEqual([200, "0"]);
    const inside = await lab.person({ canUseInternal: true });
    const theirs = await begun(4, inside);
    expect((await step({ as: inside, method: "HEAD", id: theirs, surface: "internal" })).status).toBe(404);
    expect((await step({ method: "DELETE", id })).status).toBe(204);
    expect((await step({ method: "HEAD", id })).status).toBe(404);
  });

  it("becomes a submission with its last part, and says so again to who did not hear it", async () => {
    const id = await begun(6);
    const first = await part(id, 0, "abc");
    expect([first.status, first.headers.get("upload-offset")]).toEqual([204, "3"]);
    expect(first.headers.get(submissionHeader)).toBeNull();
    const again = await part(id, 0, "abc");
    expect(again.headers.get("retry-after")).toBe("1");
    expect(await refusal(again, 409)).toMatch(/offset/i);
    const last = await part(id, 3, "def");
    const submission = required(last.headers.get(submissionHeader), "the submission");
    for (const again of [await step({ method: "HEAD", id }), await part(id, 6, "")]) {
      expect(again.ok).toBe(true);
      expect(again.headers.get("upload-offset")).toBe("6");
      expect(again.headers.get(submissionHeader)).toBe(submission);
    }
    expect(filesBelow(lab.store.uploads).filter((name) => name.startsWith(id))).toEqual([]);
    const audited = await lab.database.db.select().from(auditLog).where(eq(auditLog.resource, submission));
    expect(audited.map(({ action }) => action)).toEqual(["submission.accept"]);
  });

  it("that is whole but was not accepted before a crash is accepted as soon as somebody asks", async () => {
    const who = await lab.person();
    const id = await begun(5, who);
    // As web leaves it that is killed between the last byte and the row.
    writeFileSync(join(lab.store.uploads, id), "whole");
    const asked = await Promise.all([1, 2, 3].map(() => step({ as: who, method: "HEAD", id })));
    const ids = new Set(asked.map(({ headers }) => headers.get(submissionHeader)));
    expect(ids.size).toBe(1);
    expect((await of(who)).map(({ publicId }) => publicId)).toEqual([...ids]);
  });

  it("is never said to be gone to who asks while it becomes a submission", async () => {
    const who = await lab.person();
    for (let round = 0; round < 10; round += 1) {
      const id = await begun(3, who);
      const sent = part(id, 0, `${round}!`.padStart(3), who);
      const heard = new Set<number>();
      let whole = false;
      const asks = Array.from({ length: 8 }, async () => {
        while (!whole) heard.add((await step({ as: who, method: "HEAD", id })).status);
      });
      await sent;
      whole = true;
      await Promise.all(asks);
      expect([...heard]).toEqual([200]);
    }
  });

  it("that can't be looked at just now is not said to be gone", async () => {
    const id = await begun(5);
    rmSync(join(lab.store.uploads, id));
    // Leads to itself, so that the disk says something else than that there is none.
    symlinkSync(id, join(lab.store.uploads, id));
    expect((await step({ method: "HEAD", id })).status).toBe(500);
    rmSync(join(lab.store.uploads, id));
    expect((await step({ method: "HEAD", id })).status).toBe(404);
  });

  it("that the competition refuses at its end is told so, and is gone", async () => {
    const closing = (await seedCompetition(lab.admin.context)).slug;
    const id = await begun(3, ana, closing);
    await updateCompetition(lab.admin.context, { slug: closing, closesAt: "2020-01-01T00:00:00Z" });
    const refused = await part(id, 0, "abc");
    // Unlike a part at the wrong place, it is not worth another try.
    expect(refused.headers.get("retry-after")).toBeNull();
    expect(await refusal(refused, 409)).toMatch(/closed at 31 Dec 2019 19:00 EST/);
    expect(filesBelow(lab.store.submissions)).not.toContain(sha256Of("abc"));
    expect((await step({ method: "HEAD", id })).status).toBe(404);
    expect(filesBelow(lab.store.uploads).filter((name) => name.startsWith(id))).toEqual([]);
  });

  it("is given up or submitted, and never both; whole it can't be given up any more", async () => {
    const who = await lab.person();
    for (let delayMs = 0; delayMs < 20; delayMs += 2) {
      const id = await begun(3, who);
      const sent = part(id, 0, "abc", who);
      // Earlier and later in the way of the last part.
      await new Promise((resolve) => setTimeout(resolve, delayMs));
      const [given] = await Promise.all([step({ as: who, method: "DELETE", id }), sent]);
      const became = (await of(who)).filter(({ uploadId }) => uploadId === id).length;
      expect([given.status, became]).toEqual(became === 1 ? [409, 1] : [204, 0]);
    }
    const id = await begun(3, who);
    await part(id, 0, "abc", who);
    expect(await refusal(await step({ as: who, method: "DELETE", id }), 409)).toMatch(/submitted/);
  });

  it("becomes a submission without a copy", async () => {
    const id = await begun(3);
    const { ino } = statSync(join(lab.store.uploads, id));
    await part(id, 0, "one");
    const kept = statSync(lab.store.submission(sha256Of("one")));
    expect([kept.ino, kept.nlink, kept.mode & 0o777]).toEqual([ino, 1, 0o440]);
    expect(filesBelow(lab.store.staged)).toEqual([]);
  });

  it("that can't be written is told to the operator with the disk's own words", async () => {
    const id = await begun(3);
    const path = join(lab.store.uploads, id);
    rmSync(path);
    symlinkSync("/dev/full", path);
    failures.length = 0;
    expect(await refusal(await part(id, 0, "abc"), 503)).toMatch(/no room/);
    expect(failures.join("")).toContain("ENOSPC");
    rmSync(path);
  });

  it("that is left alone for a day is swept, one that still grows is not", async () => {
    const [old, young] = [await begun(10), await begun(10)];
    await part(young, 0, "some");
    const past = new Date(Date.now() - 25 * 3_600_000);
    for (const name of [old, `${old}.json`, `${young}.json`])
      utimesSync(join(lab.store.uploads, name), past, past);
    await sweepStore(lab.database.db, lab.store, Date.now());
    expect((await step({ method: "HEAD", id: old })).status).toBe(404);
    expect((await step({ method: "HEAD", id: young })).headers.get("upload-offset")).toBe("4");
  });
});

describe("what is refused", () => {
  it.each<[string, () => Promise<Response>, number, RegExp]>([
    [
      "without the protocol's version",
      () => lab.call({ method: "POST", path: "/external/uploads", as: ana.as }),
      400,
      /Tus-Resumable/,
    ],
    [
      "without a length",
      () => step({ method: "POST", headers: { "upload-metadata": metadata({ slug, filename: "p" }) } }),
      400,
      /Upload-Length/,
    ],
    [
      "of a length that is told later",
      () =>
        step({
          method: "POST",
          headers: { "upload-defer-length": "1", "upload-metadata": metadata({ slug, filename: "p" }) },
        }),
      400,
      /defer/i,
    ],
    ["without a competition", () => begin(3, ana, { filename: "p.csv" }), 400, /slug/],
    ["with a path for a name", () => begin(3, ana, { slug, filename: "../p.csv" }), 400, /without folders/],
    ["to no such competition", () => begin(3, ana, { slug: "nowhere", filename: "p.csv" }), 404, /nowhere/],
    ["larger than it takes", () => begin(2 ** 40, ana), 413, /at most/],
    [
      "to go on with nothing",
      () => part("usr_aaaaaaaaaaaaaaaa-external-000000000000000000000000", 0, "x"),
      404,
      /no such upload/,
    ],
    [
      "to climb out of the folder",
      () => step({ method: "HEAD", id: "..%2F..%2Fsecrets.json" }),
      404,
      /^$|no such/,
    ],
    [
      "to read it back",
      () => lab.call({ method: "GET", path: "/external/uploads/x", as: ana.as }),
      405,
      /HEAD/,
    ],
  ])("%s", async (_what, send, status, detail) => {
    const before = filesBelow(lab.store.uploads);
    const response = await send();
    expect(response.status).toBe(status);
    expect(response.headers.get("access-control-allow-origin")).toBeNull();
    const text = await response.text();
    expect(text === "" ? "" : problemBody.parse(JSON.parse(text)).detail).toMatch(detail);
    expect(filesBelow(lab.store.uploads)).toEqual(before);
  });

  it("more than was announced", async () => {
    const id = await begun(3);
    await refusal(await part(id, 0, "abcdef"), 413);
    expect((await step({ method: "HEAD", id })).headers.get("upload-offset")).toBe("0");
  });

  it("more of them, or more bytes, than one person may have on the way, also at once", async () => {
    const who = await lab.person();
    const many = await Promise.all(Array.from({ length: partialUploads.files + 3 }, () => begin(1, who)));
    expect(many.filter(({ status }) => status === 201)).toHaveLength(partialUploads.files);
    for (const refused of many.filter(({ status }) => status !== 201))
      expect(await refusal(refused, 429)).toMatch(/on the way/);
    const settings = { maxUploadBytes: 2 ** 40 };
    const vast = (await seedCompetition(lab.admin.context, { settings })).slug;
    const response = await begin(2 ** 40, await lab.person(), { slug: vast, filename: "p.csv" });
    expect(await refusal(response, 503)).toMatch(/no room/);
  });
});
