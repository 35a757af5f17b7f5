import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { eq } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { gpus, nodes, notices, users, weeks } from "@/db/schema";
import { createTestDatabase, type TestDatabase } from "@/db/testing";
import { inTransaction } from "@/db/tx";
import { createApiToken } from "@/lib/auth/commands/api-tokens";
import type { Actor } from "@/lib/auth/model";
import type { Access } from "@/lib/auth/procedure";
import { newSshPublicKey, seedPerson, testContext } from "@/lib/auth/testing";
import { setPicture } from "@/lib/competitions/commands/picture";
import { storeLayout } from "@/lib/competitions/store/layout";
import { masksManifest, scoreNext, seedCompetition, sha256Of } from "@/lib/competitions/testing";
import { required } from "@/lib/kernel/assert";
import { microsOf } from "@/lib/kernel/money";
import { otherSurface, type Surface, surfaces } from "@/lib/kernel/surface";
import { notify } from "@/lib/notices/notify";
import { slotBegin, slotMs } from "@/lib/schedule/rules";
import { settleWeeks } from "@/lib/schedule/zone";
import { seedLab } from "@/lib/sessions/testing";
import { give } from "@/lib/wallet/testing/holders";
import { problemBody } from "./problem-body";
import { rawRoutes } from "./raw/routes";
import { router } from "./router";
import { type ApiRoute, listRoutes } from "./routes";
import { type Credentials, type Sent, testCaller, testInternalUrl, testServices, testUrl } from "./testing";

const callers = ["anonymous", "user", "other", "admin", "token", "adminToken"] as const;
type Caller = (typeof callers)[number];

/** Who gets past the door, by what a procedure declares; the rest get this status. */
const turnedAway: Record<Access, Partial<Record<Caller, number>>> = {
  public: {},
  user: { anonymous: 401 },
  interactive: { anonymous: 401, token: 403, adminToken: 403 },
  admin: { anonymous: 401, user: 403, other: 403, token: 403 },
  interactiveAdmin: { anonymous: 401, user: 403, other: 403, token: 403, adminToken: 403 },
  monitor: { anonymous: 401, user: 403, other: 403, admin: 403, token: 403, adminToken: 403 },
};

let test: TestDatabase;
let dir: string;
let call: (sent: Sent) => Promise<Response>;
const credentials: Record<Caller, Credentials> = {
  anonymous: null,
  user: null,
  other: null,
  admin: null,
  token: null,
  adminToken: null,
};
/** What belongs to `user`, by route parameter and the first word of the path. */
const owned: Record<string, string> = {};
/** What is everybody's to see, likewise. */
const shared: Record<string, string> = {};
const idOf = z.object({ data: z.object({ id: z.string().optional(), slug: z.string().optional() }) });

const bodiless = new Set(["GET", "HEAD", "DELETE"]);
/** Of what is internal, lists say that the grant is missing; the admins here have none. */
const needsGrant = /^\/internal\/(datasets|competitions|rankings)$/;
/** What names a thing that everybody sees, which a truth is not: of these another's own part is empty, and not "not found". */
const seenByAll = /^\/((external|internal)\/(datasets|competitions(?!.*\/truth\/))|schedule|gpus)\//;

/** Which surface serves a path; null where both do. */
function surfaceOfPath(path: string): Surface | null {
  return surfaces.find((surface) => path.startsWith(`/${surface}/`)) ?? null;
}

async function make(path: string, body: unknown): Promise<string> {
  const surface = surfaceOfPath(path) ?? "external";
  const response = await call({ method: "POST", path, surface, as: credentials.user, body });
  const { id, slug } = idOf.parse(await response.json()).data;
  return id ?? slug ?? "";
}

beforeAll(async () => {
  test = await createTestDatabase();
  dir = mkdtempSync(join(tmpdir(), "mf-access-"));
  call = testCaller(testServices(test.db, { competitionsDir: dir }));
  await seedLab(test.db, { gpus: 2 });
  const people = new Map<Caller, Awaited<ReturnType<typeof seedPerson>>>();
  for (const name of ["user", "other", "admin"] as const) {
    const person = await seedPerson(test.db, name, name === "admin" ? "admin" : "user");
    people.set(name, person);
    credentials[name] = { cookie: person.context.cookies.header() };
    if (name === "admin") continue;
    await test.db.update(users).set({ canUseInternal: true }).where(eq(users.id, person.actor.userId));
  }
  for (const name of ["user", "admin"] as const) {
    const person = required(people.get(name), name);
    const { token } = await createApiToken(testContext(test.db), person.actor, { name: "t" });
    credentials[name === "admin" ? "adminToken" : "token"] = { token };
    if (name === "user") owned["admin/users"] = person.actor.publicId;
  }
  owned["me/ssh-keys"] = await make("/me/ssh-keys", { name: "mine", publicKey: newSshPublicKey() });
  owned["me/api-tokens"] = await make("/me/api-tokens", { name: "mine" });
  for (const surface of surfaces) {
    owned[`${surface}/workspaces`] = await make(`/${surface}/workspaces`, { name: "mine" });
    owned[`${surface}/sessions`] = await make(`/${surface}/sessions`, { workspaceName: "in use" });
  }
  owned["admin/sessions"] = owned["external/sessions"] ?? "";
  await seedContests(required(people.get("admin"), "the admin").actor);
  const answer = await call({ method: "GET", path: "/gpus", as: credentials.user });
  const listed = z.object({ data: z.array(idOf.shape.data) }).parse(await answer.json());
  shared["admin/gpus"] = required(listed.data[0]?.id, "a GPU's id");
  const [node] = await test.db.select().from(nodes);
  const monitor = { name: "m", nodeId: required(node, "the host").publicId };
  const made = await call({
    method: "POST",
    path: "/admin/monitor-tokens",
    as: credentials.admin,
    body: monitor,
  });
  shared["admin/monitor-tokens"] = idOf.parse(await made.json()).data.id ?? "";
  await settleWeeks(test.db, testServices(test.db).settings.zone);
  const [week] = await test.db.select().from(weeks);
  shared.week = required(week, "a week").key;
  shared.slot = required(week, "a week").startsAt.toISOString();
  owned.reservations = await book(required(people.get("user"), "the user").actor);
  await inTransaction(test.db, async (tx) => {
    const [user] = await tx
      .select()
      .from(users)
      .where(eq(users.publicId, owned["admin/users"] ?? ""));
    const content = { kind: "session_time_limit", slug: "aaaaaaaa", exposure: "external" } as const;
    await notify(tx, user?.id ?? 0, content, "for the table");
  });
  const [notice] = await test.db.select().from(notices);
  owned["me/notices"] = notice?.publicId ?? "";
  owned.operations = await make(`/external/workspaces/${owned["external/workspaces"]}/snapshots`, {});
});
afterAll(async () => {
  await test.close();
  rmSync(dir, { recursive: true });
});

/** Two hours tomorrow, of a GPU that is reserved from then on. */
async function book({ userId }: Actor): Promise<string> {
  const [gpu] = await test.db
    .select()
    .from(gpus)
    .where(eq(gpus.publicId, shared["admin/gpus"] ?? ""));
  const { id, publicId } = required(gpu, "a GPU");
  const rate = { mode: "reservation", rate: microsOf("1.5"), rateCurrency: "CREDIT" } as const;
  await test.db.update(gpus).set(rate).where(eq(gpus.id, id));
  await give(test.db, userId, "10");
  shared.gpus = publicId;
  const startsAt = slotBegin(new Date(Date.now() + 24 * slotMs), testServices(test.db).settings.zone);
  return make("/reservations", {
    gpuId: publicId,
    startsAt: startsAt.toISOString(),
    endsAt: new Date(startsAt.getTime() + 2 * slotMs).toISOString(),
  });
}

const pictureDigest = sha256Of("picture");

/** On each surface a competition with its files, a submission of `user`'s to it, and an upload of theirs on its way. */
async function seedContests(admin: Actor): Promise<void> {
  const context = { ...testContext(test.db), actor: { ...admin, canUseInternal: true } };
  const store = storeLayout(dir);
  const put = (path: string, content: string) => {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, content);
  };
  mkdirSync(store.submissions);
  for (const surface of surfaces) {
    const { slug, evaluation } = await seedCompetition(context, {
      exposure: surface,
      settings: { showsPublicTruth: true },
      manifest: masksManifest,
    });
    shared[`${surface}/competitions`] = slug;
    shared[`${surface}/datasets`] = `d-${slug}`;
    const as = credentials.user;
    const dataset = await call({ method: "GET", path: `/${surface}/datasets/d-${slug}`, surface, as });
    const { id: version = "" } = idOf.parse(await dataset.json()).data;
    put(store.datasetFile(version, "train.csv"), "abc");
    put(store.sample(evaluation), "sample");
    put(`${store.truth(evaluation)}/truth.csv`, "id\nm1\n");
    put(store.truthVolume(evaluation, "m1"), "volume");
    put(store.picture(pictureDigest), "picture");
    await setPicture(context, slug, { sha256: pictureDigest, type: "png" });
    const path = `/${surface}/competitions/${slug}/submissions?filename=p.csv`;
    const sent = await call({ method: "POST", path, surface, as, body: Buffer.from("mine") });
    owned[`${surface}/submissions`] = idOf.parse(await sent.json()).data.id ?? "";
    await scoreNext(test.db, { public: 0.5 });
    const base64 = (text: string) => Buffer.from(text).toString("base64");
    const headers = {
      "tus-resumable": "1.0.0",
      "upload-length": "9",
      "upload-metadata": `slug ${base64(slug)},filename ${base64("p.csv")}`,
    };
    const begun = await call({ method: "POST", path: `/${surface}/uploads`, surface, as, headers });
    owned[`${surface}/uploads`] = begun.headers.get("location")?.split("/").at(-1) ?? "";
  }
  shared["admin/competitions"] = shared["external/competitions"] ?? "";
  owned["admin/submissions"] = owned["external/submissions"] ?? "";
  // Nobody has uploaded a folder: whoever may look for one hears that it is not there.
  shared["admin/imports"] = "imp_aaaaaaaaaaaaaaaa";
}

/** The route's path with what belongs to `user` in the place of its parameter. */
function pathOf(route: ApiRoute): string {
  const prefix = route.path.slice(1, route.path.indexOf("/{"));
  return route.path
    .replace("{snapshotId}", "snp_aaaaaaaaaaaaaaaa")
    .replace("{+name}", "train.csv")
    .replace("{case}", "m1")
    .replace("{sha256}", pictureDigest)
    .replace("{userId}", owned["admin/users"] ?? "")
    .replace("{week}", shared.week ?? "")
    .replace("{gpuId}/{slot}", `${shared["admin/gpus"]}/${shared.slot}`)
    .replace(/\{[^}]+\}/, () => owned[prefix] ?? shared[prefix] ?? `missing-${prefix}`);
}

/** An address that serves the route. */
const ownSurface = ({ path }: ApiRoute): Surface => surfaceOfPath(path) ?? "external";

/** Sends a request that no mutation would accept as it is, and gives up on streams. */
async function statusOf(route: ApiRoute, caller: Caller, surface = ownSurface(route)): Promise<number> {
  const abort = new AbortController();
  const body = bodiless.has(route.method) ? undefined : { unheardOf: true };
  const response = await call({
    method: route.method,
    path: pathOf(route),
    surface,
    as: credentials[caller],
    body,
    signal: abort.signal,
  });
  abort.abort();
  return response.status;
}

const routes: readonly ApiRoute[] = [...listRoutes(router), ...rawRoutes];
const label = ({ method, path }: ApiRoute) => `${method} ${path}`;

describe("every procedure and raw route answers as it declares", () => {
  // Logout and what destroys come last, or the rows after them would have nothing left to refuse.
  const ordered = [...routes].sort((a, b) => Number(a.method === "DELETE") - Number(b.method === "DELETE"));
  const cases = ordered.filter(({ name }) => name !== "auth.logout");

  it.each(cases.map((route) => [label(route), route] as const))("%s", async (_label, route) => {
    const expected = turnedAway[route.access];
    for (const caller of callers) {
      // The owner's own deletion is tested where it belongs.
      if (route.method === "DELETE" && (caller === "user" || caller === "token")) continue;
      const status = await statusOf(route, caller);
      const lacksGrant = needsGrant.test(route.path) && caller.startsWith("admin");
      const refusal = expected[caller] ?? (lacksGrant ? 403 : undefined);
      if (refusal === undefined) {
        expect([401, 403, 500], `${caller} may`).not.toContain(status);
      } else {
        expect(status, `${caller} may not`).toBe(refusal);
      }
    }
  });

  it("and nothing is open that should not be", () => {
    const open = routes.filter(({ access }) => access === "public").map(({ name }) => name);
    expect(open.sort()).toEqual(["auth.login", "auth.logout", "auth.register", "gpuStatus.live", "health"]);
    const interactive = routes.filter(({ access }) => access === "interactive").map(({ name }) => name);
    expect(interactive.sort()).toEqual([
      "me.apiTokens.create",
      "me.apiTokens.remove",
      "me.changePassword",
      "me.sshKeys.add",
      "me.sshKeys.remove",
    ]);
    const admins = ["admin", "interactiveAdmin"];
    for (const { path, access } of routes) expect(path.startsWith("/admin/")).toBe(admins.includes(access));
    const login = routes.filter(({ access }) => access === "interactiveAdmin").map(({ name }) => name);
    expect(login.sort()).toEqual(["admin.monitors.create", "admin.monitors.remove"]);
    const monitors = routes.filter(({ access }) => access === "monitor").map(({ name }) => name);
    expect(monitors).toEqual(["gpuStatus.report"]);
  });
});

describe("each surface serves its own and what is common, and says where the other's are", () => {
  const ofOne = routes.filter(({ path }) => surfaceOfPath(path) !== null);
  const common = routes.filter(({ path, name }) => surfaceOfPath(path) === null && name !== "auth.logout");

  it.each(ofOne.map((route) => [label(route), route] as const))("%s", async (_label, route) => {
    const surface = otherSurface(ownSurface(route));
    for (const caller of callers) {
      const status = await statusOf(route, caller, surface);
      expect(status, caller).toBe(caller === "anonymous" ? 401 : 403);
    }
    // Refused before any input is looked at, and with the address to go to.
    const sent = { method: route.method, path: pathOf(route), surface, as: credentials.token };
    const body = bodiless.has(route.method) ? undefined : { unheardOf: true };
    if (route.method === "HEAD") return;
    const { detail } = problemBody.parse(await (await call({ ...sent, body })).json());
    expect(detail).toContain(`are served at ${surface === "internal" ? testUrl : testInternalUrl},`);
  });

  it.each(common.map((route) => [label(route), route] as const))(
    "%s, on both alike",
    async (_label, route) => {
      for (const caller of callers) {
        if (route.method === "DELETE" && (caller === "user" || caller === "token")) continue;
        expect(await statusOf(route, caller, "internal")).toBe(await statusOf(route, caller, "external"));
      }
    },
  );

  it("says so where there is no internal surface", async () => {
    const settings = {
      url: testUrl,
      internalUrl: null,
      sshHost: "lab.example.org",
      zone: "America/New_York",
    };
    const alone = testCaller(testServices(test.db, { settings }));
    for (const surface of surfaces) {
      const path = "/internal/sessions";
      const response = await alone({ method: "GET", path, surface, as: credentials.token });
      expect(response.status).toBe(403);
      expect(await response.json()).toMatchObject({ detail: /^This lab has no internal surface\./ });
    }
    const path = "/external/sessions";
    expect((await alone({ method: "GET", path, as: credentials.token })).status).toBe(200);
  });

  it("whatever a client claims of its host", async () => {
    const headers = {
      "x-forwarded-host": "internal.lab.example.org",
      forwarded: "host=internal.lab.example.org",
    };
    const sent = { method: "GET", as: credentials.token, headers } as const;
    expect((await call({ ...sent, path: "/internal/sessions" })).status).toBe(403);
    expect((await call({ ...sent, path: "/external/sessions" })).status).toBe(200);
  });

  it("and describes all of it, at its own address", async () => {
    for (const [surface, url] of [
      ["external", testUrl],
      ["internal", testInternalUrl],
    ] as const) {
      const text = await (await call({ method: "GET", path: "/spec.json", surface })).text();
      const described = z.object({
        servers: z.tuple([z.object({ url: z.string() })]),
        paths: z.record(z.string(), z.unknown()),
      });
      const { servers, paths } = described.parse(JSON.parse(text));
      expect(servers[0].url).toBe(`${url}/api/v2`);
      expect(Object.keys(paths)).toEqual(
        expect.arrayContaining(["/external/sessions", "/internal/sessions"]),
      );
    }
  });
});

/** What gets as far as the thing itself, by the procedure's name or the path's last word. */
const validBodies: Record<string, unknown> = {
  restore: { snapshotId: "snp_aaaaaaaaaaaaaaaa" },
  extend: { ttlMinutes: 90 },
  "reservations.extend": { endsAt: "2026-12-05T07:00:00Z" },
};

describe("what is another's is not found", () => {
  const named = routes.filter(({ path }) => path.includes("{") && !path.startsWith("/admin/"));
  const personal = named.filter(({ path }) => !seenByAll.test(path));

  it.each(personal.map((route) => [label(route), route] as const))("%s", async (_label, route) => {
    const verb = route.path.slice(route.path.lastIndexOf("/") + 1);
    const body = route.method === "POST" ? (validBodies[route.name] ?? validBodies[verb] ?? {}) : undefined;
    const sent = { method: route.method, path: pathOf(route), surface: ownSurface(route), body };
    const theirs = await call({ ...sent, as: credentials.other });
    const missing = sent.path.replace(/[a-z2-7]{8}(?=$|\/)/, "aaaaaaaa");
    const nobodys = await call({ ...sent, path: missing, as: credentials.other });
    expect([theirs.status, nobodys.status]).toEqual([404, 404]);
    if (route.method !== "GET") return;
    expect((await call({ ...sent, as: credentials.user })).status).toBe(200);
  });

  it.each(
    named
      .filter(({ path, method }) => seenByAll.test(path) && method === "GET")
      .map((route) => [label(route), route] as const),
  )("but what everybody sees is there, without what is another's: %s", async (_label, route) => {
    const sent = { method: route.method, path: pathOf(route), surface: ownSurface(route) };
    const theirs = await call({ ...sent, as: credentials.other });
    expect(theirs.status).toBe(200);
    const text = await theirs.text();
    for (const id of Object.values(owned)) expect(text).not.toContain(id);
  });

  it("and in no list", async () => {
    for (const route of routes) {
      const { path, access, method } = route;
      if (method !== "GET" || path.includes("{") || access !== "user" || path === "/live" || path === "/me") {
        continue;
      }
      const text = await (
        await call({ method, path, surface: ownSurface(route), as: credentials.other })
      ).text();
      for (const id of Object.values(owned)) expect(text, path).not.toContain(id);
    }
  });
});
