import { eq } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { users } from "@/db/schema";
import { createTestDatabase, type TestDatabase } from "@/db/testing";
import { newSshPublicKey, seedPerson } from "@/lib/auth/testing";
import { seedLab } from "@/lib/sessions/testing";
import { openApiDocument } from "./openapi";
import { problemBody } from "./problem-body";
import { router } from "./router";
import { type ApiRoute, listRoutes } from "./routes";
import { type Credentials, type Sent, testCaller, testServices, testUrl } from "./testing";

let test: TestDatabase;
let call: (sent: Sent) => Promise<Response>;
let admin: Credentials;
let description: Awaited<ReturnType<typeof openApiDocument>>;

beforeAll(async () => {
  test = await createTestDatabase();
  call = testCaller(testServices(test.db));
  await seedLab(test.db, { gpus: 1 });
  const { actor, context } = await seedPerson(test.db, "admin", "admin");
  await test.db.update(users).set({ canUseInternal: true }).where(eq(users.id, actor.userId));
  admin = { cookie: context.cookies.header() };
  description = await openApiDocument(testUrl);
});
afterAll(() => test.close());

const password = "correct horse battery";
const slot = { gpuId: "gpu_aaaaaaaaaaaaaaaa", slot: "2026-12-05T05:00:00Z" };
/**
 * A good body for every procedure that takes one; each of its fields is replaced by each hostile value in turn. What both
 * surfaces have is named once.
 */
const goodBodies: Record<string, Record<string, unknown>> = {
  "auth.register": { username: "somebody", email: "somebody@example.org", password },
  "auth.login": { login: "admin", password },
  "me.changePassword": { currentPassword: password, newPassword: password },
  "me.sshKeys.add": { name: "laptop", publicKey: newSshPublicKey() },
  "me.apiTokens.create": { name: "ci", expiresAt: "2099-01-01T00:00:00Z" },
  "me.notices.readAll": { upTo: "ntc_aaaaaaaaaaaaaaaa" },
  "workspaces.create": { name: "data", quotaGb: 1 },
  "workspaces.createSnapshot": { name: "before" },
  "workspaces.restore": { snapshotId: "snp_aaaaaaaaaaaaaaaa" },
  "sessions.launch": {
    packId: "pck_basebasebasebase",
    workspaceId: undefined,
    workspaceName: "data",
    gpuId: undefined,
    gpuModel: "Test GPU (simulated)",
    ttlMinutes: 5,
  },
  "sessions.extend": { ttlMinutes: 30 },
  "admin.users.create": {
    username: "newcomer",
    email: "newcomer@example.org",
    password,
    weeklyBudget: "80",
  },
  "plannedStarts.plan": {
    ...slot,
    packId: "pck_basebasebasebase",
    workspaceId: undefined,
    workspaceName: "data",
    ttlMinutes: 5,
  },
  "admin.users.update": {
    role: "admin",
    disabled: false,
    canUseInternal: true,
    balance: "12.5",
    dollars: "3",
    maxSessions: 3,
    maxGpuHoursPerWeek: 40.25,
    maxDiskGb: 200,
    maxDurationMinutes: 480,
    weeklyBudget: "80",
  },
  "admin.users.bulkUpdate": { delta: "-2.5" },
  "admin.settings.update": {
    defaultMaxSessions: 2,
    defaultMaxGpuHoursPerWeek: null,
    defaultMaxDiskGb: 100,
    defaultMaxDurationMinutes: 60,
    spaceFactor: 2.5,
    stopSnapshotsKept: 50,
    defaultWeeklyBudget: "80",
    rolloverPercent: 40,
    releaseRefund: "0.5",
    biddingClosesMinutes: 60,
    reservationAheadDays: 7,
    reservationMaxHours: 12,
    reservationMaxOpen: 2,
    publicGpuNames: false,
  },
  "admin.monitors.create": { name: "collector", nodeId: "nod_aaaaaaaaaaaaaaaa" },
  "gpuStatus.report": { timestamp: "2026-12-05T05:00:00Z", usage: { "0": ["user1"], "1": [] } },
  "admin.weeks.advance": { week: "2026-12-05" },
  "admin.weeks.cleanup": { keep: 1 },
  "schedule.bids.place": { ...slot },
  "schedule.bids.placeMany": { slots: [slot] },
  "schedule.bids.undo": { ...slot },
  "schedule.bids.undoMany": { slots: [slot] },
  "schedule.slots.release": { ...slot },
  "schedule.slots.releaseMany": { slots: [slot] },
  "schedule.slots.take": { ...slot },
  "schedule.slots.takeMany": { slots: [slot] },
  "reservations.book": {
    gpuId: slot.gpuId,
    startsAt: "2026-12-05T05:00:00Z",
    endsAt: "2026-12-05T07:00:00Z",
    rate: { amount: "1.5", currency: "CREDIT" },
  },
  "reservations.extend": {
    endsAt: "2026-12-05T07:00:00Z",
    rate: { amount: "1.5", currency: "CREDIT" },
  },
  "admin.competitions.create": {
    slug: "contest",
    title: "Contest",
    summary: "A test.",
    datasetVersionId: "dsv_aaaaaaaaaaaaaaaa",
    description: "",
    rules: "",
    visibility: "invite",
    dailyLimit: 5,
    totalLimit: null,
    maxUploadBytes: 1_000,
    opensAt: "2098-01-01T00:00:00Z",
    closesAt: "2099-01-01T00:00:00Z",
  },
  "admin.competitions.update": { title: "Contest", dailyLimit: 5, closesAt: "2099-01-01T00:00:00Z" },
  "admin.competitions.reveal": { evaluationId: "evl_aaaaaaaaaaaaaaaa" },
  "admin.competitions.invite": { userId: "usr_aaaaaaaaaaaaaaaa" },
  "admin.imports.confirm": { widen: true },
  "admin.gpus.update": {
    state: "draining",
    reason: "new fans",
    mode: "reservation",
    rate: { amount: "1.5", currency: "USD" },
  },
};

const withoutSurface = (name: string) => name.replace(/^(external|internal)\./, "");

const deep = (levels: number) => "[".repeat(levels) + "]".repeat(levels);

const wholeBodies: [string, string][] = [
  ["null", "null"],
  ["a number", "1e308"],
  ["a string", '"x"'],
  ["an array", "[{}]"],
  ["deep nesting", deep(5_000)],
  ["a polluted prototype", '{"__proto__":{"role":"admin"},"constructor":{"prototype":{"role":"admin"}}}'],
  ["a repeated key", '{"login":"a","login":["b"]}'],
  ["a huge key", JSON.stringify({ ["k".repeat(100_000)]: 1 })],
];

const values: [string, unknown][] = [
  ["null", null],
  ["an empty string", ""],
  ["an object", { $ne: null }],
  ["an array", ["x"]],
  ["a negative number", -1],
  ["a huge number", 1e308],
  ["a fraction", 0.5],
  ["a boolean", true],
  ["SQL", "' OR 1=1; DROP TABLE users; -- "],
  ["a shell", "$(reboot)`reboot`; reboot"],
  ["a path", "../../../../etc/passwd"],
  ["NUL and controls", "a\u0000b\u0007\r\nSet-Cookie: x=y"],
  ["half a surrogate pair", "\ud800"],
  ["four-byte characters", "🧠".repeat(10)],
  ["right-to-left override", "\u202eabc"],
  ["an oversized string", "x".repeat(300_000)],
];

const routes = listRoutes(router).filter(({ name }) => name !== "auth.logout" && name !== "live");
const mutations = routes.filter(({ method }) => method !== "GET");
const queries = routes.filter(({ method }) => method === "GET");

const wellFormed: Record<string, string> = {
  slug: "aaaaaaaa",
  snapshotId: "snp_aaaaaaaaaaaaaaaa",
  userId: "usr_aaaaaaaaaaaaaaaa",
};
const idPrefixes: [RegExp, string][] = [
  [/^\/me\/ssh-keys/, "key"],
  [/^\/me\/api-tokens/, "tok"],
  [/^\/me\/notices/, "ntc"],
  [/workspaces/, "wsp"],
  [/^\/operations/, "opn"],
  [/submissions/, "sub"],
  [/^\/admin\/users/, "usr"],
  [/^\/admin\/gpus/, "gpu"],
  [/^\/admin\/monitor-tokens/, "mon"],
];

function validPath({ path }: ApiRoute): string {
  const prefix = idPrefixes.find(([pattern]) => pattern.test(path))?.[1] ?? "";
  return path.replace(
    /\{([^}]+)\}/g,
    (_all, name: string) => wellFormed[name] ?? `${prefix}_aaaaaaaaaaaaaaaa`,
  );
}

/** The statuses that the API's description has for a route. */
function described({ method, path }: ApiRoute): string[] {
  const { get, post, patch, delete: remove } = description.paths?.[path] ?? {};
  const operation = { GET: get, POST: post, PATCH: patch, DELETE: remove }[method];
  return Object.keys(operation?.responses ?? {});
}

/** Anything but a crash: refused with a problem, or taken and answered, and in either case as the API's description says. */
async function survives(route: ApiRoute, sent: Sent, what: string): Promise<number> {
  const surface = route.path.startsWith("/internal/") ? "internal" : "external";
  const response = await call({ ...sent, surface, as: admin });
  expect(response.status, what).toBeLessThan(500);
  if (response.status >= 400) {
    const problem = problemBody.safeParse(await response.json());
    expect(problem.success, what).toBe(true);
    // The schema library's own words are for programmers.
    expect(problem.data?.detail, what).not.toMatch(
      /Invalid (input|option|string)|Too (small|big):|Unrecogni/,
    );
  }
  // 405 is of no procedure: a hostile path led elsewhere.
  if (response.status !== 405) expect(described(route), what).toContain(String(response.status));
  return response.status;
}

describe.each(mutations.map((route) => [`${route.method} ${route.path}`, route] as const))(
  "%s",
  (_name, route) => {
    it("survives hostile bodies and takes none of them", async () => {
      const path = validPath(route);
      for (const [what, body] of wholeBodies) {
        expect(
          await survives(route, { method: route.method, path, body }, what),
          what,
        ).toBeGreaterThanOrEqual(400);
      }
    });

    it("survives hostile values in every field, beside good ones", async () => {
      const path = validPath(route);
      const good = goodBodies[withoutSurface(route.name)] ?? {};
      for (const field of Object.keys(good)) {
        for (const [what, value] of values) {
          await survives(
            route,
            { method: route.method, path, body: { ...good, [field]: value } },
            `${field}: ${what}`,
          );
        }
      }
    });
  },
);

it("every procedure with a body is among them", () => {
  const { paths = {} } = description;
  const operations = mutations.filter(({ method, path }) => {
    const item = paths[path];
    return (method === "POST" ? item?.post : item?.patch)?.requestBody !== undefined;
  });
  const named = new Set(operations.map(({ name }) => withoutSurface(name)));
  expect([...named].sort()).toEqual(Object.keys(goodBodies).sort());
});

describe.each(queries.map((route) => [`GET ${route.path}`, route] as const))("%s", (_name, route) => {
  it("survives hostile query strings", async () => {
    const path = validPath(route);
    for (const query of [
      "limit=-1",
      "limit=abc",
      "limit=1e9",
      "limit=",
      "limit[]=1&limit[]=2",
      "limit=1&limit=2",
      "cursor[a][b]=c",
      "__proto__[role]=admin",
      "constructor[prototype][role]=admin",
      "cursor=%00%ff",
      `cursor=${"A".repeat(5_000)}`,
      "cursor=JyBPUiAxPTEgLS0",
      "since=yesterday",
      "since=2026-02-30T00:00:00Z",
      "since=-271822-04-20T00:00:00Z",
      "since=0000-01-01T00:00:00Z",
      "since=9999-12-31T23:59:59.999Z",
      "since[]=2026-11-25T00:00:00Z",
      "%",
      "[]]=1",
      "a".repeat(5_000),
    ]) {
      await survives(route, { method: "GET", path: `${path}?${query}` }, query);
    }
  });
});

describe("path parameters", () => {
  const withParameter = routes.filter(({ path }) => path.includes("{"));

  it.each(withParameter.map((route) => [`${route.method} ${route.path}`, route] as const))(
    "%s",
    async (_name, route) => {
      for (const value of [
        "..%2f..",
        "%00",
        "%E0%A4%A",
        "'%20OR%201=1",
        "wsp_".padEnd(3_000, "a"),
        "constructor",
        "🧠",
        "WSP_AAAAAAAAAAAAAAAA",
      ]) {
        const path = route.path.replace(/\{[^}]+\}/g, value);
        const body = route.method === "GET" || route.method === "DELETE" ? undefined : {};
        const status = await survives(route, { method: route.method, path, body }, value);
        expect([400, 404, 405], value).toContain(status);
      }
    },
  );
});
