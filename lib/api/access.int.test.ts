import { eq } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { notices, users } from "@/db/schema";
import { createTestDatabase, type TestDatabase } from "@/db/testing";
import { inTransaction } from "@/db/tx";
import { createApiToken } from "@/lib/auth/commands/api-tokens";
import type { Access } from "@/lib/auth/procedure";
import { newSshPublicKey, seedPerson, testContext } from "@/lib/auth/testing";
import { notify } from "@/lib/notices/notify";
import { seedLab } from "@/lib/sessions/testing";
import { router } from "./router";
import { type ApiRoute, listRoutes } from "./routes";
import { type Credentials, type Sent, testCaller, testServices } from "./testing";

const callers = ["anonymous", "user", "other", "admin", "token", "adminToken"] as const;
type Caller = (typeof callers)[number];

/** Who gets past the door, by what a procedure declares; the rest get this status. */
const turnedAway: Record<Access, Partial<Record<Caller, number>>> = {
  public: {},
  user: { anonymous: 401 },
  interactive: { anonymous: 401, token: 403, adminToken: 403 },
  admin: { anonymous: 401, user: 403, other: 403, token: 403 },
};

let test: TestDatabase;
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
const idOf = z.object({ data: z.object({ id: z.string().optional(), slug: z.string().optional() }) });

async function make(path: string, body: unknown): Promise<string> {
  const response = await call({ method: "POST", path, as: credentials.user, body });
  const { id, slug } = idOf.parse(await response.json()).data;
  return id ?? slug ?? "";
}

beforeAll(async () => {
  test = await createTestDatabase();
  call = testCaller(testServices(test.db));
  await seedLab(test.db, { gpus: 1 });
  for (const name of ["user", "other", "admin"] as const) {
    const person = await seedPerson(test.db, name.padEnd(3, "x"), name === "admin" ? "admin" : "user");
    credentials[name] = { cookie: person.context.cookies.header() };
    if (name === "other") continue;
    const { token } = await createApiToken(testContext(test.db), person.actor, { name: "t" });
    credentials[name === "admin" ? "adminToken" : "token"] = { token };
    if (name === "user") owned["admin/users"] = person.actor.publicId;
  }
  owned["me/ssh-keys"] = await make("/me/ssh-keys", { name: "mine", publicKey: newSshPublicKey() });
  owned["me/api-tokens"] = await make("/me/api-tokens", { name: "mine" });
  owned["external/workspaces"] = await make("/external/workspaces", { name: "mine" });
  const workspaceId = owned["external/workspaces"];
  owned["external/sessions"] = await make("/external/sessions", { workspaceName: "in use" });
  owned["admin/sessions"] = owned["external/sessions"];
  await inTransaction(test.db, async (tx) => {
    const [user] = await tx
      .select()
      .from(users)
      .where(eq(users.publicId, owned["admin/users"] ?? ""));
    const content = { kind: "session_time_limit", slug: "aaaaaaaa" } as const;
    await notify(tx, user?.id ?? 0, content, "for the table");
  });
  const [notice] = await test.db.select().from(notices);
  owned["me/notices"] = notice?.publicId ?? "";
  owned.operations = await make(`/external/workspaces/${workspaceId}/snapshots`, {});
});
afterAll(() => test.close());

/** The route's path with what belongs to `user` in the place of its parameter. */
function pathOf(route: ApiRoute): string {
  const prefix = route.path.slice(1, route.path.indexOf("/{"));
  return route.path.replace(/\{[^}]+\}/, () => owned[prefix] ?? `missing-${prefix}`);
}

/** Sends a request that no mutation would accept as it is, and gives up on streams. */
async function statusOf(route: ApiRoute, caller: Caller): Promise<number> {
  const abort = new AbortController();
  const body = route.method === "GET" || route.method === "DELETE" ? undefined : { unheardOf: true };
  const response = await call({
    method: route.method,
    path: pathOf(route),
    as: credentials[caller],
    body,
    signal: abort.signal,
  });
  abort.abort();
  return response.status;
}

const routes = listRoutes(router);
const label = ({ method, path }: ApiRoute) => `${method} ${path}`;

describe("every procedure answers as it declares", () => {
  // Logout and what destroys come last, or the rows after them would have nothing left to refuse.
  const ordered = [...routes].sort((a, b) => Number(a.method === "DELETE") - Number(b.method === "DELETE"));
  const cases = ordered.filter(({ name }) => name !== "auth.logout");

  it.each(cases.map((route) => [label(route), route] as const))("%s", async (_label, route) => {
    const expected = turnedAway[route.access];
    for (const caller of callers) {
      // The owner's own deletion is tested where it belongs.
      if (route.method === "DELETE" && (caller === "user" || caller === "token")) continue;
      const status = await statusOf(route, caller);
      const refusal = expected[caller];
      if (refusal === undefined) {
        expect([401, 403, 500], `${caller} may`).not.toContain(status);
      } else {
        expect(status, `${caller} may not`).toBe(refusal);
      }
    }
  });

  it("and nothing is open that should not be", () => {
    const open = routes.filter(({ access }) => access === "public").map(({ name }) => name);
    expect(open.sort()).toEqual(["auth.login", "auth.logout", "auth.register", "health"]);
    const interactive = routes.filter(({ access }) => access === "interactive").map(({ name }) => name);
    expect(interactive.sort()).toEqual([
      "me.apiTokens.create",
      "me.apiTokens.remove",
      "me.changePassword",
      "me.sshKeys.add",
      "me.sshKeys.remove",
    ]);
    for (const { path, access } of routes) expect(path.startsWith("/admin/")).toBe(access === "admin");
  });
});

describe("what is another's is not found", () => {
  const personal = routes.filter(({ path, access }) => path.includes("{") && access !== "admin");

  it.each(personal.map((route) => [label(route), route] as const))("%s", async (_label, route) => {
    const valid = route.path.endsWith("/restore") ? { snapshotId: "snp_aaaaaaaaaaaaaaaa" } : {};
    const body = route.method === "POST" ? valid : undefined;
    const sent = { method: route.method, path: pathOf(route), body };
    const theirs = await call({ ...sent, as: credentials.other });
    const missing = sent.path.replace(/[a-z2-7]{8}(?=$|\/)/, "aaaaaaaa");
    const nobodys = await call({ ...sent, path: missing, as: credentials.other });
    expect([theirs.status, nobodys.status]).toEqual([404, 404]);
    if (route.method !== "GET") return;
    expect((await call({ ...sent, as: credentials.user })).status).toBe(200);
  });

  it("and in no list", async () => {
    for (const { path, access, method } of routes) {
      if (method !== "GET" || path.includes("{") || access !== "user" || path === "/live" || path === "/me") {
        continue;
      }
      const text = await (await call({ method, path, as: credentials.other })).text();
      for (const id of Object.values(owned)) expect(text, path).not.toContain(id);
    }
  });
});
