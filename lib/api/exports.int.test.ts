import { eq } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { auditLog, gpus, sessions, users, workspaces } from "@/db/schema";
import { createTestDatabase, type TestDatabase } from "@/db/testing";
import { createApiToken } from "@/lib/auth/commands/api-tokens";
import { seedPerson, testContext } from "@/lib/auth/testing";
import { required } from "@/lib/kernel/assert";
import { newPublicId } from "@/lib/kernel/ids";
import { launchSession } from "@/lib/sessions/commands/launch";
import { seedLab, seedUser } from "@/lib/sessions/testing";
import { csvExports } from "./exports";
import { problemBody } from "./problem-body";
import { type Credentials, type Sent, testCaller, testServices } from "./testing";

let test: TestDatabase;
let call: (sent: Sent) => Promise<Response>;
let boss: Credentials;
let bossToken: Credentials;
let user: Credentials;
let userToken: Credentials;

beforeAll(async () => {
  test = await createTestDatabase();
  call = testCaller(testServices(test.db));
  await seedLab(test.db, { gpus: 2 });
  const admin = await seedPerson(test.db, "boss", "admin");
  const person = await seedPerson(test.db, "ana");
  [boss, user] = [{ cookie: admin.context.cookies.header() }, { cookie: person.context.cookies.header() }];
  bossToken = await createApiToken(testContext(test.db), admin.actor, { name: "t" });
  userToken = await createApiToken(testContext(test.db), person.actor, { name: "t" });
});
afterAll(() => test.close());

const get = (path: string, as: Credentials) => call({ method: "GET", path, as });
async function csv(path: string): Promise<string[]> {
  const response = await get(path, boss);
  expect(response.status, path).toBe(200);
  const text = await response.text();
  expect(text.endsWith("\r\n")).toBe(true);
  return text.slice(0, -2).split("\r\n");
}

describe.each(csvExports.map((file) => [file.path, file] as const))("%s", (path, file) => {
  it("is for administrators, by cookie or token", async () => {
    expect((await get(path, null)).status).toBe(401);
    for (const as of [user, userToken]) expect((await get(path, as)).status).toBe(403);
    for (const as of [boss, bossToken]) {
      const response = await get(path, as);
      expect(response.status).toBe(200);
      await response.body?.cancel();
    }
    expect((await call({ method: "POST", path, as: boss, body: {} })).status).toBe(405);
  });

  it("comes as a file with its head line, and is in the audit log", async () => {
    const response = await get(path, boss);
    expect(response.headers.get("content-type")).toBe("text/csv; charset=utf-8; header=present");
    expect(response.headers.get("content-disposition")).toMatch(
      new RegExp(`^attachment; filename="medforge-${file.what}-\\d{4}-\\d\\d-\\d\\d\\.csv"$`),
    );
    const requestId = response.headers.get("x-request-id") ?? "";
    expect((await response.text()).split("\r\n")[0]).toBe(file.columns.join(","));
    expect(await test.db.select().from(auditLog).where(eq(auditLog.requestId, requestId))).toMatchObject([
      { action: "list.export", resource: file.what, actorName: "boss" },
    ]);
  });

  it("tells its head to HEAD, without an entry in the audit log: no row leaves", async () => {
    const response = await call({ method: "HEAD", path, as: boss });
    expect([response.status, await response.text()]).toEqual([200, ""]);
    expect(response.headers.get("content-disposition")).toContain(`medforge-${file.what}-`);
    const requestId = response.headers.get("x-request-id") ?? "";
    expect(await test.db.select().from(auditLog).where(eq(auditLog.requestId, requestId))).toEqual([]);
    expect((await call({ method: "HEAD", path, as: user })).status).toBe(403);
  });

  it("refuses hostile filters with a problem, and no half a file", async () => {
    for (const query of [
      "limit=5",
      "cursor=x",
      "__proto__=x",
      "__proto__[role]=admin",
      `q=${"x".repeat(10_000)}`,
      "from=yesterday&role=root&active=perhaps",
    ]) {
      const response = await get(`${path}?${query}`, boss);
      expect(response.status, query).toBe(400);
      expect(problemBody.safeParse(await response.json()).success, query).toBe(true);
    }
  });
});

describe("what is in them", () => {
  it("every row, over many pages, and never a formula", async () => {
    const many = Array.from({ length: 1_203 }, (_, n) => n);
    await test.db.insert(users).values(
      many.map((n) => ({
        publicId: `usr_${String(n)
          .replace(/\d/g, (d) => "abcdefghij".charAt(Number(d)))
          .padStart(16, "z")}`,
        username: `m${n}`,
        email: n === 7 ? "=cmd|'/c calc'!a1@example.org" : `m${n}@example.org`,
        passwordHash: "not used here",
        createdAt: new Date(),
      })),
    );
    const lines = await csv("/admin/users.csv?q=m");
    const names = lines.slice(1).map((line) => line.split(",")[1]);
    expect(new Set(names)).toEqual(
      new Set([...many.map((n) => `m${n}`), ...names.filter((n) => !/^m\d/.test(n ?? ""))]),
    );
    expect(new Set(names).size).toBe(names.length);
    expect(lines.find((line) => line.includes(",m7,"))).toContain(",'=cmd|'/c calc'!a1@example.org,");
    expect(await csv("/admin/users.csv?role=admin")).toHaveLength(2);
  });

  it("quotes, commas, line ends and other alphabets as they are", async () => {
    await test.db
      .update(gpus)
      .set({ state: "disabled", stateReason: 'Lüfter "2", 換気\nbroken' })
      .where(eq(gpus.deviceIndex, 1));
    const text = await (await get("/admin/gpus.csv", boss)).text();
    expect(text).toContain(',disabled,"Lüfter ""2"", 換気\nbroken",true,false,');
    await test.db.update(gpus).set({ state: "available", stateReason: null });
  });

  it("the page's filters", async () => {
    const who = await seedUser(test.db);
    const slug = await launchSession(who, "external", {});
    expect((await csv("/admin/sessions.csv?active=true")).join()).toContain(slug);
    const now = Date.now();
    await test.db
      .update(sessions)
      .set({ state: "STOPPED", runningAt: new Date(now - 5_000), endedAt: new Date(now) });
    const [head, row] = (await csv("/admin/sessions.csv")).map((line) => line.split(","));
    expect(head?.slice(-3)).toEqual(["workspaceName", "endsBy", "heldUntil"]);
    expect(row?.slice(-3)).toEqual(["default", "", ""]);
    const used = (await csv(`/admin/users.csv?q=${who.actor.username}`)).map((line) =>
      line.split(",").at(-1),
    );
    expect(used[0]).toBe("gpuHoursThisWeek");
    // A week that turned within these five seconds has less of them.
    expect(Number(used[1])).toBeGreaterThan(0);
    expect(Number(used[1])).toBeLessThanOrEqual(0.0014);
    expect(await csv("/admin/sessions.csv?active=true")).toHaveLength(1);
    expect((await csv("/admin/sessions.csv")).join()).toContain(slug);
    const launches = await csv(`/admin/audit.csv?action=session&who=${who.actor.username}`);
    expect(launches).toHaveLength(2);
    expect(launches[1]).toContain(`session.launch,${slug},req_test,`);
  });

  it("what is called so now, be it a user, a workspace or a GPU, as the list finds it", async () => {
    const who = await seedUser(test.db);
    const slug = await launchSession(who, "external", { workspaceName: "named-once" });
    const [workspace] = await test.db.select().from(workspaces).where(eq(workspaces.name, "named-once"));
    const [gpu] = await test.db.select().from(gpus).where(eq(gpus.deviceIndex, 1));
    const things: [name: string, id: string | undefined][] = [
      [who.actor.username, who.actor.publicId],
      ["named-once", workspace?.publicId],
      ["GPU 1 of gpu1", gpu?.publicId],
    ];
    const at = new Date();
    const entry = { at, action: "test.named", detail: {} };
    await test.db.insert(auditLog).values(things.map(([, resource]) => ({ ...entry, resource })));
    for (const [name, id] of things) {
      const query = `action=test.named&resource=${encodeURIComponent(name)}`;
      const listed = await (await get(`/admin/audit?${query}`, boss)).json();
      expect(listed.data, name).toMatchObject([{ resource: id, resourceName: name }]);
      const lines = await csv(`/admin/audit.csv?${query}`);
      expect(lines).toHaveLength(2);
      expect(lines[1], name).toContain(`,test.named,${id},`);
    }
    await test.db.update(sessions).set({ state: "STOPPED", endedAt: at }).where(eq(sessions.slug, slug));
  });

  it("every entry of the newest 300 workspaces of one name, over many pages", async () => {
    const who = await seedUser(test.db);
    await launchSession(who, "external", { workspaceName: "crowded" });
    const [first] = await test.db.select().from(workspaces).where(eq(workspaces.name, "crowded"));
    const { userId, nodeId, name, exposure, quotaGb, createdAt } = required(first, "the workspace");
    const gone = { userId, nodeId, name, exposure, quotaGb, createdAt, deletedAt: createdAt };
    const ids = Array.from({ length: 300 }, () => newPublicId("wsp"));
    await test.db.insert(workspaces).values(ids.map((publicId) => ({ ...gone, publicId })));
    const entry = { at: new Date(), action: "test.crowded", detail: {} };
    const resources = [...ids, ...ids, required(first, "the workspace").publicId];
    await test.db.insert(auditLog).values(resources.map((resource) => ({ ...entry, resource })));
    const found = (await csv("/admin/audit.csv?action=test.crowded&resource=crowded")).slice(1);
    expect(found).toHaveLength(600);
    expect(new Set(found.map((line) => line.split(",")[4]))).toEqual(new Set(ids));
  });
});
