import { createHash } from "node:crypto";
import { once } from "node:events";
import { readFileSync, statSync } from "node:fs";
import { request } from "node:http";
import { eq } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { auditLog, scorings, submissions } from "@/db/schema";
import { updateCompetition } from "@/lib/competitions/commands/competitions";
import { submissionView } from "@/lib/competitions/model";
import { bytesPerDay, uploadsAtOnce, uploadsPerAccount } from "@/lib/competitions/store/tunables";
import { seedCompetition, sha256Of } from "@/lib/competitions/testing";
import { problemBody } from "../problem-body";
import { testServer } from "../testing";
import { filesBelow, type TestPerson, type TestStore, testStore } from "./testing/store";

let lab: TestStore;
let ana: TestPerson;
let slug: string;

beforeAll(async () => {
  lab = await testStore();
  ana = await lab.person();
  slug = (await seedCompetition(lab.admin.context)).slug;
});
afterAll(() => lab.close());

const accepted = z.strictObject({ data: submissionView, meta: z.strictObject({}) });

interface Upload {
  as?: TestPerson;
  to?: string;
  query?: string;
  body?: unknown;
  headers?: Record<string, string>;
}

function send({
  as = ana,
  to = slug,
  query = "filename=p.csv",
  body = "id,probability\r\n",
  headers,
}: Upload = {}) {
  const content = typeof body === "string" ? Buffer.from(body) : body;
  const path = `/external/competitions/${to}/submissions?${query}`;
  return lab.call({ method: "POST", path, as: as.as, body: content, headers });
}

const of = (person: TestPerson) =>
  lab.database.db.select().from(submissions).where(eq(submissions.userId, person.context.actor.userId));

async function refusal(response: Response, status: number): Promise<string> {
  expect(response.status).toBe(status);
  expect(response.headers.get("content-type")).toBe("application/problem+json");
  const { detail, instance } = problemBody.parse(await response.json());
  expect(instance).toBe(response.headers.get("x-request-id"));
  return detail;
}

/** A body that is made as it is read, and counts how much of it was. */
function made(chunks: number, chunkBytes: number) {
  const counted = { chunks: 0 };
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      if (counted.chunks === chunks) return controller.close();
      counted.chunks += 1;
      controller.enqueue(new Uint8Array(chunkBytes));
    },
  });
  return { body, counted };
}

/** A body that ends only when it is told to, some chunks in. */
function stalling(chunks: number, chunkBytes: number, end: AbortSignal) {
  let sent = 0;
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      if (sent === chunks) {
        if (!end.aborted) await once(end, "abort");
        return controller.close();
      }
      sent += 1;
      controller.enqueue(new Uint8Array(chunkBytes));
    },
  });
}

describe("a file that is sent", () => {
  it("lies in the store by its digest, readable by its group and changed by nobody, and is queued", async () => {
    const content = "id,probability\r\na1,0.5\r\n";
    const response = await send({ body: content });
    expect(response.status).toBe(201);
    const { data } = accepted.parse(await response.json());
    expect(data).toMatchObject({
      competition: slug,
      filename: "p.csv",
      bytes: content.length,
      sha256: sha256Of(content),
      state: "QUEUED",
    });
    const path = lab.store.submission(data.sha256);
    expect(readFileSync(path, "utf8")).toBe(content);
    expect(statSync(path).mode & 0o777).toBe(0o440);
    expect(filesBelow(lab.store.staged)).toEqual([]);
    const audited = await lab.database.db.select().from(auditLog).where(eq(auditLog.resource, data.id));
    expect(audited).toMatchObject([
      { action: "submission.accept", requestId: response.headers.get("x-request-id") },
    ]);
    const got = await lab.call({ method: "GET", path: `/external/submissions/${data.id}`, as: ana.as });
    expect(accepted.parse(await got.json()).data).toEqual(data);
  });

  it("is the sender's alone: another finds neither it nor its file", async () => {
    const { data } = accepted.parse(await (await send({ body: "ana's" })).json());
    const eve = await lab.person();
    for (const path of ["", "/cases", "/queue", "/file"]) {
      const sent = { method: "GET", path: `/external/submissions/${data.id}${path}` };
      expect((await lab.call({ ...sent, as: eve.as })).status).toBe(404);
      expect((await lab.call({ ...sent, as: ana.as })).status).toBe(200);
    }
  });

  it.each([
    ["repr-digest", (base64: string) => `sha-256=:${base64}:`],
    ["digest", (base64: string) => `sha-256=${base64}`],
  ])("is compared with its %s", async (name, header) => {
    const digest = (text: string) => createHash("sha256").update(text).digest("base64");
    const good = await send({ body: `for ${name}`, headers: { [name]: header(digest(`for ${name}`)) } });
    expect(good.status).toBe(201);
    const before = filesBelow(lab.store.submissions);
    const bad = await send({ body: "broken on its way", headers: { [name]: header(digest("whole")) } });
    expect(await refusal(bad, 400)).toContain(sha256Of("whole"));
    expect(filesBelow(lab.store.submissions)).toEqual(before);
  });

  it("is one submission under one key, however often and however concurrently it is sent", async () => {
    const who = await lab.person();
    const upload = { as: who, body: "the same", headers: { "idempotency-key": "one-of-my-runs" } };
    const answers = await Promise.all([send(upload), send(upload), send(upload), send(upload)]);
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 200, 200, 201]);
    const ids = await Promise.all(answers.map(async (one) => accepted.parse(await one.json()).data.id));
    expect(new Set(ids).size).toBe(1);
    expect(await of(who)).toHaveLength(1);
    const before = filesBelow(lab.store.submissions);
    const other = await send({ ...upload, body: "another" });
    expect(await refusal(other, 409)).toContain("another upload's");
    expect(filesBelow(lab.store.submissions)).toEqual(before);
  });

  it("is another submission without a key", async () => {
    const who = await lab.person();
    for (const _ of [1, 2]) expect((await send({ as: who, body: "twice" })).status).toBe(201);
    expect(await of(who)).toHaveLength(2);
  });
});

describe("what is refused", () => {
  it.each<[string, Upload, number, RegExp]>([
    ["no name", { query: "" }, 400, /filename/],
    ["a path for a name", { query: "filename=..%2f..%2fetc%2fpasswd" }, 400, /without folders/],
    ["a control character", { query: "filename=a%00b" }, 400, /control characters/],
    ["what nobody knows of", { query: "filename=a&evaluation=evl_x" }, 400, /evaluation/],
    ["a key that is none", { headers: { "idempotency-key": "a b" } }, 400, /uploadId|Letters/],
    ["a digest that is none", { headers: { "repr-digest": "sha-256=abc" } }, 400, /SHA-256/],
    ["another size than announced", { headers: { "content-length": "17" } }, 400, /16 bytes of 17/],
    ["a form", { headers: { "content-type": "multipart/form-data; boundary=x" } }, 415, /not a form/],
    ["something compressed on its way", { headers: { "content-encoding": "gzip" } }, 415, /as it is/],
    ["no such competition", { to: "never-heard-of" }, 404, /never-heard-of/],
    ["no such name for one", { to: "..%2f..%2fx" }, 400, /slug/],
  ])("%s", async (_what, upload, status, detail) => {
    const before = filesBelow(lab.store.submissions);
    expect(await refusal(await send(upload), status)).toMatch(detail);
    expect(filesBelow(lab.store.submissions)).toEqual(before);
  });

  it("nobody, a bad token, another site with a cookie, and the other surface", async () => {
    const path = `/external/competitions/${slug}/submissions?filename=p.csv`;
    const sent = { method: "POST", path, body: Buffer.from("x") };
    expect((await lab.call(sent)).status).toBe(401);
    expect((await lab.call({ ...sent, as: { token: "mf_bad" } })).status).toBe(401);
    const evil = { origin: "https://evil.example", cookie: "x=y" };
    expect((await lab.call({ ...sent, headers: evil })).status).toBe(403);
    expect((await lab.call({ ...sent, as: ana.as, surface: "internal" })).status).toBe(403);
  });

  it("what is internal, without the grant; with it, on its own side alone", async () => {
    const inside = (await seedCompetition(lab.admin.context, { exposure: "internal" })).slug;
    const granted = await lab.person({ canUseInternal: true });
    const path = (surface: string) => `/${surface}/competitions/${inside}/submissions?filename=p.csv`;
    const sent = { method: "POST", body: Buffer.from("inside") };
    const at = (surface: "external" | "internal", who: TestPerson) =>
      lab.call({ ...sent, path: path(surface), surface, as: who.as });
    expect((await at("internal", ana)).status).toBe(404);
    expect((await at("external", granted)).status).toBe(404);
    expect((await at("internal", granted)).status).toBe(201);
  });

  it("a file over the limit: announced, before any of it is kept; unannounced, once it is past", async () => {
    const small = (await seedCompetition(lab.admin.context, { settings: { maxUploadBytes: 100_000 } })).slug;
    const before = filesBelow(lab.store.submissions);
    const announced = await send({
      to: small,
      body: Buffer.alloc(100_001),
      headers: { "content-length": "100001" },
    });
    expect(await refusal(announced, 413)).toMatch(/97\.7 kB at most/);
    const { body, counted } = made(1_000_000, 64 * 1024);
    expect(await refusal(await send({ to: small, body }), 413)).toMatch(/97\.7 kB/);
    // Some more is read, so that the sender hears of it, and not all.
    expect(counted.chunks).toBeLessThan(5_000);
    expect(filesBelow(lab.store.submissions)).toEqual(before);
    expect((await send({ to: small, body: Buffer.alloc(100_000) })).status).toBe(201);
  });

  it("a competition that is closed, not open yet or used up; but what was accepted is told again", async () => {
    const once = (await seedCompetition(lab.admin.context, { settings: { totalLimit: 1 } })).slug;
    const who = await lab.person();
    const upload = { as: who, to: once, body: "first", headers: { "idempotency-key": "the-first-one" } };
    expect((await send(upload)).status).toBe(201);
    const second = await send({ as: who, to: once, body: "second" });
    expect(await refusal(second, 409)).toMatch(/takes 1 of each person/);
    expect((await send(upload)).status).toBe(200);
    await updateCompetition(lab.admin.context, { slug: once, closesAt: "2020-01-01T00:00:00Z" });
    expect(await refusal(await send({ to: once }), 409)).toMatch(/closed at 31 Dec 2019 19:00 EST/);
  });

  it("more bytes in a day than one person may send, whatever became of them", async () => {
    const who = await lab.person();
    const { data } = accepted.parse(await (await send({ as: who, body: "much" })).json());
    await lab.database.db
      .update(scorings)
      .set({ state: "REJECTED" })
      .where(eq(scorings.userId, who.context.actor.userId));
    const sent = (bytes: number) =>
      lab.database.db.update(submissions).set({ bytes }).where(eq(submissions.publicId, data.id));
    await sent(bytesPerDay);
    expect(await refusal(await send({ as: who, body: "more" }), 409)).toMatch(/32 GB in the last 24 hours/);
    await sent(bytesPerDay - 4);
    expect((await send({ as: who, body: "more" })).status).toBe(201);
  });

  it("is read on for a little while: for longer of whom the lab knows, and of one person a few at once", async () => {
    const path = `/external/competitions/${slug}/submissions?filename=p.csv`;
    const nobody = made(10_000, 64 * 1024);
    expect((await lab.call({ method: "POST", path, body: nobody.body })).status).toBe(401);
    expect(nobody.counted.chunks).toBeLessThan(100);
    const who = await lab.person();
    const end = new AbortController();
    let answered = 0;
    const sent = Array.from({ length: uploadsAtOnce + 2 }, async () => {
      const { status } = await send({ as: who, to: "nowhere", body: stalling(100, 64 * 1024, end.signal) });
      answered += 1;
      return status;
    });
    await expect.poll(() => answered).toBe(2);
    end.abort();
    for (const status of await Promise.all(sent)) expect([404, 429]).toContain(status);
  });

  it("more of them at once than one person may send, and more in an hour", async () => {
    const who = await lab.person();
    const slow = Array.from({ length: 5 }, () => send({ as: who, body: made(200, 64 * 1024).body }));
    const statuses = (await Promise.all(slow)).map(({ status }) => status).sort();
    expect(statuses).toEqual([201, 201, 201, 201, 429]);
    const left = uploadsPerAccount.attempts - 4;
    for (let sent = 0; sent < left; sent += 1)
      await send({ as: who, query: "filename=p.csv", to: "nowhere" });
    const response = await send({ as: who });
    await refusal(response, 429);
    expect(Number(response.headers.get("retry-after"))).toBeGreaterThan(0);
  });
});

describe("over HTTP", () => {
  it("of many at once no more get in than the limit leaves", async () => {
    const two = (await seedCompetition(lab.admin.context, { settings: { dailyLimit: 2 } })).slug;
    const before = filesBelow(lab.store.submissions).length;
    const server = await testServer(lab.services);
    const who = await lab.person();
    const path = `${server.url}/api/v2/external/competitions/${two}/submissions?filename=p.csv`;
    const headers = { authorization: `Bearer ${who.as.token}` };
    const race = ["a", "b", "c", "d"].map((body) => fetch(path, { method: "POST", headers, body }));
    const statuses = (await Promise.all(race)).map(({ status }) => status).sort();
    expect(statuses).toEqual([201, 201, 409, 409]);
    expect(await of(who)).toHaveLength(2);
    expect(filesBelow(lab.store.submissions)).toHaveLength(before + 2);
    await server.close();
  });

  it("128 MB pass through without being held", async () => {
    const big = (await seedCompetition(lab.admin.context, { settings: { maxUploadBytes: 2 ** 30 } })).slug;
    const server = await testServer(lab.services);
    const path = `${server.url}/api/v2/external/competitions/${big}/submissions?filename=p.bin`;
    const headers = { authorization: `Bearer ${ana.as.token}` };
    const before = process.memoryUsage().arrayBuffers;
    let most = 0;
    const chunk = new Uint8Array(64 * 1024).fill(7);
    let sent = 0;
    const body = new ReadableStream<Uint8Array>({
      pull(controller) {
        most = Math.max(most, process.memoryUsage().arrayBuffers - before);
        if (sent === 2048) return controller.close();
        sent += 1;
        controller.enqueue(chunk);
      },
    });
    const init = { method: "POST", headers, body, duplex: "half" };
    const response = await fetch(path, init);
    expect(response.status).toBe(201);
    const { data } = accepted.parse(await response.json());
    expect(data.bytes).toBe(128 * 2 ** 20);
    expect(most).toBeLessThan(64 * 2 ** 20);
    expect(statSync(lab.store.submission(data.sha256)).size).toBe(data.bytes);
    await server.close();
  });

  it("one that is cut off leaves nothing", async () => {
    const server = await testServer(lab.services);
    const who = await lab.person();
    const before = filesBelow(lab.store.submissions);
    const path = `${server.url}/api/v2/external/competitions/${slug}/submissions?filename=p.csv`;
    const headers = { authorization: `Bearer ${who.as.token}`, "content-length": 1_000_000 };
    const sending = request(path, { method: "POST", headers }).on("error", () => undefined);
    sending.write(Buffer.alloc(500_000));
    await expect.poll(() => filesBelow(lab.store.staged).length).toBe(1);
    sending.destroy();
    await expect.poll(() => filesBelow(lab.store.submissions)).toEqual(before);
    expect(await of(who)).toEqual([]);
    await server.close();
  });
});
