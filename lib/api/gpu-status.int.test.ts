import { eq, like } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, it, test } from "vitest";
import { z } from "zod";
import {
  auditLog,
  monitorTokens,
  nodes,
  scheduleZone,
  slotSightings,
  slotUsage,
  throttles,
  weeks,
} from "@/db/schema";
import { createTestDatabase, type TestDatabase } from "@/db/testing";
import { createApiToken } from "@/lib/auth/commands/api-tokens";
import { seedPerson, testContext } from "@/lib/auth/testing";
import { required } from "@/lib/kernel/assert";
import { slotBegin, slotMs, weekOf } from "@/lib/schedule/rules";
import { settleWeeks } from "@/lib/schedule/zone";
import { seedLab } from "@/lib/sessions/testing";
import { closeHours } from "@/lib/usage/close";
import { createdMonitorView, gpuStatusView } from "@/lib/usage/model";
import { hoursBefore, zoneAwayFromHour } from "@/lib/usage/testing";
import { mostSkewMs, reportsPerMonitor } from "@/lib/usage/tunables";
import { problemBody } from "./problem-body";
import { rawRoutes } from "./raw/routes";
import { router } from "./router";
import { listRoutes } from "./routes";
import { type Credentials, type Sent, testCaller, testServices } from "./testing";

const zone = zoneAwayFromHour(new Date());

let database: TestDatabase;
let call: (sent: Sent) => Promise<Response>;
let boss: Credentials;
let bossToken: Credentials;
let ana: Credentials;
let nodeId: string;

beforeAll(async () => {
  database = await createTestDatabase();
  call = testCaller(testServices(database.db));
  await seedLab(database.db, { gpus: 2 });
  await settleWeeks(database.db, zone);
  const admin = await seedPerson(database.db, "boss", "admin");
  const person = await seedPerson(database.db, "ana");
  [boss, ana] = [{ cookie: admin.context.cookies.header() }, { cookie: person.context.cookies.header() }];
  bossToken = await createApiToken(testContext(database.db), admin.actor, { name: "t" });
  const [node] = await database.db.select().from(nodes);
  nodeId = required(node, "the host").publicId;
});
afterAll(() => database.close());

const path = "/admin/monitor-tokens";
const answer = z.looseObject({ data: z.unknown() });
const dataOf = <Shape extends z.ZodType>(shape: Shape, json: unknown): z.output<Shape> =>
  shape.parse(answer.parse(json).data);

async function newMonitor(name = "collector") {
  const made = await call({ method: "POST", path, as: boss, body: { name, nodeId } });
  expect(made.status).toBe(201);
  return dataOf(createdMonitorView, await made.json());
}

const now = (aheadMs = 0) => new Date(Date.now() + aheadMs).toISOString();
const report = (as: Credentials, body: unknown) => call({ method: "POST", path: "/gpu-status", as, body });

async function refusal(as: Credentials, body: unknown) {
  const response = await report(as, body);
  const { errors = {} } = problemBody.parse(await response.json());
  return [response.status, ...Object.keys(errors)];
}

describe("a monitor", () => {
  it("is made by an admin at a browser, for one host; its token is told once and never kept", async () => {
    const { token, ...shown } = await newMonitor();
    const [row] = await database.db.select().from(monitorTokens).where(eq(monitorTokens.publicId, shown.id));
    expect(JSON.stringify(row)).not.toContain(token);
    const listed = await (await call({ method: "GET", path, as: bossToken })).text();
    expect(listed).toContain(shown.id);
    expect(listed).not.toContain(token);
    expect(shown).toMatchObject({ name: "collector", node: "gpu1", lastUsedAt: null, skewSeconds: null });
    for (const [as, status] of [
      [bossToken, 403],
      [ana, 403],
      [null, 401],
    ] as const)
      expect((await call({ method: "POST", path, as, body: { name: "x", nodeId } })).status).toBe(status);
    const entry = {
      action: "monitor.create",
      actorName: "boss",
      detail: { name: "collector", node: "gpu1" },
    };
    const logged = await database.db.select().from(auditLog).where(eq(auditLog.resource, shown.id));
    expect(logged).toMatchObject([entry]);
    expect(JSON.stringify(logged)).not.toContain(token);
  });

  it("tells who is on its host's GPUs, by the lab's clock, the lab's people or not", async () => {
    const as = await newMonitor();
    const sent = { timestamp: now(-90_000), usage: { "0": ["ana", "guest", "ana"], "1": [] } };
    const response = await report(as, sent);
    expect(response.status).toBe(200);
    const { recordedAt, skewSeconds, gpus } = dataOf(gpuStatusView, await response.json());
    expect(gpus).toBe(2);
    expect(skewSeconds).toBeGreaterThan(89);
    expect(skewSeconds).toBeLessThan(100);
    expect(Math.abs(Date.now() - Date.parse(recordedAt))).toBeLessThan(10_000);
    const people = await database.db.select({ person: slotSightings.person }).from(slotSightings);
    expect(people.map(({ person }) => person).sort()).toEqual(["ana", "guest"]);
    expect(await database.db.select().from(slotUsage)).toHaveLength(2);
    const [row] = await database.db.select().from(monitorTokens).where(eq(monitorTokens.publicId, as.id));
    expect(row?.lastUsedAt).not.toBeNull();
    expect(row?.skewMs).toBeCloseTo(skewSeconds * 1_000);
    // Of another zone, the same instant.
    const offset = now().replace("Z", "+00:00");
    expect((await report(as, { ...sent, timestamp: offset })).status).toBe(200);
  });

  it("is told which field is wrong, and then nothing is counted", async () => {
    const as = await newMonitor();
    const before = await database.db.select().from(slotSightings);
    const usage = { "0": ["ana"] };
    const timestamp = now();
    expect(await refusal(as, { usage })).toEqual([400, "timestamp"]);
    expect(await refusal(as, { timestamp: "now", usage })).toEqual([400, "timestamp"]);
    expect(await refusal(as, { timestamp: now(mostSkewMs + 5_000), usage })).toEqual([400, "timestamp"]);
    expect(await refusal(as, { timestamp: now(-mostSkewMs - 5_000), usage })).toEqual([400, "timestamp"]);
    expect(await refusal(as, { timestamp })).toEqual([400, "usage"]);
    expect(await refusal(as, { timestamp, usage: {} })).toEqual([400, "usage"]);
    expect(await refusal(as, { timestamp, usage: { "0": "ana" } })).toEqual([400, "usage.0"]);
    expect(await refusal(as, { timestamp, usage: { "0": ["ana", ""] } })).toEqual([400, "usage.0.1"]);
    expect(await refusal(as, { timestamp, usage: { "0": ["x".repeat(65)] } })).toEqual([400, "usage.0.0"]);
    expect(await refusal(as, { timestamp, usage: { "0": ["a\u0007b"] } })).toEqual([400, "usage.0.0"]);
    expect(await refusal(as, { timestamp, usage: { gpu0: ["ana"] } })).toEqual([400, "usage.gpu0"]);
    // One that the host never had, beside one that it has.
    expect(await refusal(as, { timestamp, usage: { "0": ["late"], "7": [] } })).toEqual([400, "usage.7"]);
    expect(await refusal(as, { timestamp, usage, more: 1 })).toEqual([400, "more"]);
    const many = Object.fromEntries(Array.from({ length: 65 }, (_, n) => [String(n), []]));
    expect(await refusal(as, { timestamp, usage: many })).toEqual([400, "usage"]);
    expect(await database.db.select().from(slotSightings)).toEqual(before);
  });

  it("may do nothing else", async () => {
    const as = await newMonitor();
    const routes = [...listRoutes(router), ...rawRoutes].filter(
      ({ access, name }) => access !== "public" && name !== "gpuStatus.report",
    );
    for (const { method, path: of, name } of routes) {
      const filled = of.replaceAll(/\{[^}]+\}/g, "aaaaaaaa");
      const surface = of.startsWith("/internal/") ? "internal" : "external";
      const body = method === "GET" || method === "HEAD" || method === "DELETE" ? undefined : {};
      const response = await call({ method, path: filled, surface, as, body });
      expect(response.status, `${method} ${name}`).toBe(403);
    }
    for (const file of ["/admin/users.csv", "/admin/export-usage"])
      expect((await call({ method: "GET", path: file, as })).status).toBe(403);
  });

  it("is heard so often and no more", async () => {
    const as = await newMonitor();
    await database.db
      .update(throttles)
      .set({ attempts: reportsPerMonitor.attempts })
      .where(like(throttles.key, "monitor-token:%"));
    expect((await report(as, { timestamp: now(), usage: { "0": [] } })).status).toBe(200);
    await database.db
      .update(throttles)
      .set({ attempts: reportsPerMonitor.attempts })
      .where(like(throttles.key, "monitor-token:%"));
    const response = await report(as, { timestamp: now(), usage: { "0": [] } });
    expect(response.status).toBe(429);
    expect(Number(response.headers.get("retry-after"))).toBeGreaterThan(0);
  });

  it("is refused once it is revoked, which is written down", async () => {
    const as = await newMonitor("old");
    const remove = () => call({ method: "DELETE", path: `${path}/${as.id}`, as: boss });
    expect((await call({ method: "DELETE", path: `${path}/${as.id}`, as: bossToken })).status).toBe(403);
    expect((await remove()).status).toBe(200);
    expect((await report(as, { timestamp: now(), usage: { "0": [] } })).status).toBe(401);
    expect((await remove()).status).toBe(404);
    const logged = await database.db.select().from(auditLog).where(eq(auditLog.resource, as.id));
    expect(logged.map(({ action }) => action)).toEqual(["monitor.create", "monitor.revoke"]);
  });

  it("is no person's: nobody else may report, an admin neither", async () => {
    const body = { timestamp: now(), usage: { "0": ["ana"] } };
    for (const [as, status] of [
      [boss, 403],
      [bossToken, 403],
      [ana, 403],
      [null, 401],
    ] as const)
      expect((await report(as, body)).status).toBe(status);
  });
});

it("counts nothing before the lab's weeks are laid out, and says when it will", async () => {
  const as = await newMonitor("early");
  await database.db.delete(scheduleZone);
  const response = await report(as, { timestamp: now(), usage: { "0": ["ana"] } });
  expect(response.status).toBe(503);
  expect(problemBody.parse(await response.json()).detail).toContain("not laid out yet");
  await settleWeeks(database.db, zone);
  expect((await report(as, { timestamp: now(), usage: { "0": ["ana"] } })).status).toBe(200);
});

test("a week of use as CSV has every hour, and no name in it is a formula", async () => {
  const as = await newMonitor();
  await database.db.delete(slotUsage);
  const usage = { "0": ["=cmd|'/c calc'!a1"], "1": ["ana"] };
  expect((await report(as, { timestamp: now(), usage })).status).toBe(200);
  await hoursBefore(database.db, 1);
  await closeHours(database.db);
  // The hour before this one may be of the week before.
  const { key, start, end } = weekOf(new Date(slotBegin(new Date(), zone).getTime() - slotMs), zone);
  const row = {
    key,
    startsAt: start,
    endsAt: end,
    closesAt: start,
    status: "final",
    turnedAt: start,
  } as const;
  await database.db.insert(weeks).ignore().values(row);
  const response = await call({ method: "GET", path: `/admin/export-usage?week=${key}`, as: boss });
  expect(response.status).toBe(200);
  const [head, ...rows] = (await response.text()).trimEnd().split("\r\n");
  expect(head).toBe(
    "week,slot,gpu,node,index,model,mode,assigned,actual,agreement,samples,busySamples,assignedSamples,actualSamples",
  );
  expect(rows).toHaveLength(2 * 168);
  const used = rows.filter((row) => row.endsWith(",not_held,1,1,0,1"));
  expect(used).toHaveLength(2);
  expect(used[0]).toContain(",'=cmd|'/c calc'!a1,not_held,");
  const missing = await call({ method: "GET", path: "/admin/export-usage?week=2020-01-04", as: boss });
  expect(missing.status).toBe(404);
});
