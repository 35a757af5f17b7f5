import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { otherSurface } from "@/lib/kernel/surface";
import { operationView, type WorkspaceView, workspaceView } from "@/lib/workspaces/model";
import { freshToken, surfaceAt } from "../support/access";
import { Api, problemOf } from "../support/api";
import { closeDatabase } from "../support/database";
import { testEnv } from "../support/env";
import { exchange } from "../support/http";
import { endAllSessions, finished, gpus, launch, stop } from "../support/lab";
import { expectNoLeaks } from "../support/leaks";
import { freshName, grantInternal, login, newPerson, type Person } from "../support/people";
import { operations } from "../support/spec";

let ana: Person;
let eve: Person;
let anaInside: Api;
let eveInside: Api;
let scans: WorkspaceView;

beforeAll(async () => {
  await endAllSessions();
  [ana, eve] = [await newPerson("ana"), await newPerson("eve")];
  for (const person of [ana, eve]) await grantInternal(person);
  anaInside = await login(ana.username, ana.password, "internal");
  eveInside = await login(eve.username, eve.password, "internal");
  scans = await anaInside.call(workspaceView, "POST", "internal/workspaces", { name: "scans" });
});

afterAll(async () => {
  await expectNoLeaks();
  await closeDatabase();
});

/** The external address, whose connection and certificate say nothing of the internal one. */
const external = () => testEnv().MEDFORGE_TEST_URL;
const internalHost = () => new URL(testEnv().MEDFORGE_TEST_INTERNAL_URL).host;

test("each address refuses the other's routes, whoever asks, and says where they are", async () => {
  const { token } = await freshToken(ana.api);
  const { MEDFORGE_TEST_URL, MEDFORGE_TEST_INTERNAL_URL } = testEnv();
  const ofOne = (await operations(new Api())).filter(({ path }) => /^(ex|in)ternal\//.test(path));
  expect(ofOne.length).toBeGreaterThan(20);
  for (const { name, method, path } of ofOne) {
    const there = surfaceAt(path);
    const here = otherSurface(there);
    const url = there === "internal" ? MEDFORGE_TEST_INTERNAL_URL : MEDFORGE_TEST_URL;
    // No input is good; none is looked at.
    const at = path.replaceAll(/\{\w+\}/g, "nonsense");
    if (method === "HEAD") {
      // Without a body, since HTTP allows none.
      const caller = here === "internal" ? anaInside : ana.api;
      expect((await caller.send(method, at)).status, name).toBe(403);
      continue;
    }
    for (const caller of [new Api(token, here), here === "internal" ? anaInside : ana.api]) {
      const told = await caller.refused(method, at, method === "GET" ? undefined : { un: "heard of" });
      expect([told.status, told.detail], name).toEqual([403, expect.stringContaining(` served at ${url},`)]);
    }
    expect((await new Api(undefined, here).refused(method, at)).status, name).toBe(401);
  }
});

describe("the Host header decides, and nothing else", () => {
  const ask = async (headers: Record<string, string>, path: string, origin = external()) => {
    const { token } = await freshToken(ana.api);
    const all = { authorization: `Bearer ${token}`, ...headers };
    return exchange({ method: "GET", origin, path: `/api/v2/${path}`, headers: all });
  };

  test("what a client claims beside it changes nothing", async () => {
    const claims: Record<string, string>[] = [
      { "x-forwarded-host": internalHost() },
      { forwarded: `host=${internalHost()};proto=https` },
      { "x-host": internalHost(), "x-original-host": internalHost(), "x-forwarded-server": internalHost() },
      { "x-medforge-surface": "internal" },
    ];
    for (const headers of claims) {
      expect((await ask(headers, "internal/sessions")).status).toBe(403);
      expect((await ask(headers, "external/sessions")).status).toBe(200);
    }
  });

  test("with it a client picks an address that it could have opened, and needs the same login", async () => {
    const host = { host: internalHost() };
    expect((await ask(host, "internal/sessions")).status).toBe(200);
    expect((await ask({ host: internalHost().toUpperCase() }, "internal/sessions")).status).toBe(200);
    expect((await ask(host, "external/sessions")).status).toBe(403);
    const anonymous = await exchange({
      method: "GET",
      origin: external(),
      path: "/api/v2/internal/sessions",
      headers: host,
    });
    expect(anonymous.status).toBe(401);
  });

  test("a host that is not served is misdirected", async () => {
    for (const host of ["evil.example", `evil.${internalHost()}`, "internal.localhost.:8443"]) {
      const answer = await ask({ host }, "internal/sessions");
      expect([answer.status, answer.text], host).toEqual([421, "This address does not serve that host.\n"]);
    }
  });

  test("by this host's address it is the external surface", async () => {
    const byAddress = external().replace("localhost", "127.0.0.1");
    expect((await ask({}, "external/sessions", byAddress)).status).toBe(200);
    expect((await ask({}, "internal/sessions", byAddress)).status).toBe(403);
  });
});

describe("who may", () => {
  test("a login belongs to one address: no browser sends its cookie to the other", async () => {
    const credentials = JSON.stringify({ login: ana.username, password: ana.password });
    const answer = await new Api(undefined, "internal").raw("POST", "auth/login", credentials);
    const [cookie = ""] = answer.headers["set-cookie"] ?? [];
    // Without Domain a cookie is its host's alone; the prefix makes browsers insist on that.
    expect(cookie).toMatch(/^__Host-/);
    expect(cookie).not.toMatch(/domain=/i);
    expect((await ana.api.on("internal").refused("GET", "me")).status).toBe(401);
  });

  test("a page of one address changes nothing at the other, though browsers call them one site", async () => {
    const { MEDFORGE_TEST_URL } = testEnv();
    const headers = { origin: MEDFORGE_TEST_URL, cookie: anaInside.cookieHeader() };
    const body = JSON.stringify({ name: freshName("w") });
    const answer = await new Api(undefined, "internal").raw("POST", "internal/workspaces", body, headers);
    expect(problemOf(answer)).toMatchObject({
      status: 403,
      detail: expect.stringContaining("changes are taken from"),
    });
  });

  test("what is ana's inside does not exist for eve, nor for ana outside", async () => {
    const ways = (surface: string): [string, string, unknown?][] => [
      ["GET", `${surface}/workspaces/${scans.id}`],
      ["GET", `${surface}/workspaces/${scans.id}/snapshots`],
      ["POST", `${surface}/workspaces/${scans.id}/snapshots`, {}],
      ["POST", `${surface}/workspaces/${scans.id}/restore`, { snapshotId: "snp_aaaaaaaaaaaaaaaa" }],
      ["POST", `${surface}/sessions`, { workspaceId: scans.id }],
      ["DELETE", `${surface}/workspaces/${scans.id}`],
    ];
    for (const [caller, surface] of [
      [eveInside, "internal"],
      [eve.api, "external"],
      [ana.api, "external"],
    ] as const) {
      for (const [method, path, body] of ways(surface)) {
        const told = await caller.refused(method, path, body);
        expect(told.status, `${method} ${path}`).toBe(404);
        expect(JSON.stringify(told)).not.toContain("scans");
      }
    }
    const lists = [
      await eveInside.send("GET", "internal/workspaces"),
      await ana.api.send("GET", "external/workspaces"),
    ];
    for (const { text } of lists) expect(text).not.toContain(scans.id);
    expect(await anaInside.call(workspaceView, "GET", `internal/workspaces/${scans.id}`)).toEqual(scans);
  });

  test("a session outside is no session inside, and its GPU gives no page of it away there", async () => {
    const session = await launch(ana, { workspaceName: "outside" });
    expect((await anaInside.refused("GET", `internal/sessions/${session.slug}`)).status).toBe(404);
    const holderOf = async (api: Api) => (await gpus(api)).find((gpu) => gpu.id === session.gpu.id)?.holder;
    expect(await holderOf(ana.api)).toMatchObject({ username: ana.username, slug: session.slug });
    expect(await holderOf(anaInside)).toMatchObject({ username: ana.username, slug: null });
    await stop(ana.api, session.slug);
  });

  test("a grant that is withdrawn lets no more begin; what is there can be seen and deleted", async () => {
    await grantInternal(ana, false);
    const begin: [string, unknown][] = [
      ["internal/sessions", {}],
      ["internal/workspaces", { name: freshName("w") }],
      [`internal/workspaces/${scans.id}/snapshots`, {}],
    ];
    for (const [path, body] of begin) {
      expect(await anaInside.refused("POST", path, body), path).toMatchObject({
        status: 403,
        detail: expect.stringContaining("An administrator can allow it."),
      });
    }
    const listed = await anaInside.call(z.array(workspaceView), "GET", "internal/workspaces");
    expect(listed.map(({ id }) => id)).toContain(scans.id);
    const deletion = await anaInside.call(operationView, "DELETE", `internal/workspaces/${scans.id}`);
    await finished(anaInside, deletion);
  });
});
