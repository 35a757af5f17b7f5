import pino from "pino";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { connectDb } from "@/db/client";
import { createTestDatabase, type TestDatabase } from "@/db/testing";
import { loginCookieName } from "@/lib/auth/lucia";
import { testPassword } from "@/lib/auth/testing";
import { createApiHandler } from "./handler";
import { problemBody } from "./problem-body";
import { cookieOf, type Sent, testCaller, testServices, testUrl } from "./testing";
import { maxBodyBytes } from "./tunables";

let test: TestDatabase;
let call: (sent: Sent) => Promise<Response>;
let lines: Record<string, unknown>[];

beforeAll(async () => {
  test = await createTestDatabase();
  lines = [];
  const log = pino({ level: "info" }, { write: (line: string) => void lines.push(JSON.parse(line)) });
  call = testCaller(testServices(test.db, { log }));
});
afterAll(() => test.close());

async function problemOf(response: Response) {
  expect(response.headers.get("content-type")).toBe("application/problem+json");
  const body = problemBody.parse(await response.json());
  expect(body.status).toBe(response.status);
  expect(body.instance).toBe(response.headers.get("x-request-id"));
  return body;
}

async function register(username: string): Promise<string> {
  const body = { username, email: `${username}@example.org`, password: testPassword };
  const response = await call({ method: "POST", path: "/auth/register", body });
  expect(response.status).toBe(201);
  return cookieOf(response);
}

describe("what the edge refuses", () => {
  it.each<[string, Sent, number]>([
    ["an unknown path", { method: "GET", path: "/nothing" }, 404],
    ["the prefix itself", { method: "GET", path: "" }, 404],
    ["a path that climbs out", { method: "GET", path: "/me/%2e%2e/health/x" }, 404],
    ["a wrong method", { method: "PUT", path: "/me" }, 405],
    ["a wrong method on a path with a parameter", { method: "GET", path: "/me/ssh-keys/key_x" }, 405],
    ["a body that is not JSON", { method: "POST", path: "/auth/login", body: "{" }, 400],
    [
      "another content type",
      {
        method: "POST",
        path: "/auth/login",
        body: "a=1",
        headers: { "content-type": "application/x-www-form-urlencoded" },
      },
      415,
    ],
    ["no body where one is needed", { method: "POST", path: "/auth/login" }, 400],
    ["an array for an object", { method: "POST", path: "/auth/login", body: [] }, 400],
    ["null for an object", { method: "POST", path: "/auth/login", body: null }, 400],
    [
      "another site",
      { method: "POST", path: "/auth/logout", headers: { origin: "https://evil.example" } },
      403,
    ],
    ["nobody where somebody is needed", { method: "GET", path: "/me" }, 401],
    ["a bad token on a public path", { method: "GET", path: "/health", as: { token: "mf_bad" } }, 401],
    ["a made-up cookie", { method: "GET", path: "/me", as: { cookie: `${loginCookieName}=made-up` } }, 401],
  ])("%s", async (_what, sent, status) => {
    const response = await call(sent);
    expect(response.status).toBe(status);
    await problemOf(response);
  });

  it("names the methods that a path takes", async () => {
    const response = await call({ method: "DELETE", path: "/me/ssh-keys" });
    expect(response.headers.get("allow")).toBe("GET, POST");
  });

  it("a body over the limit, declared or not, without reading on for ever", async () => {
    const declared = await call({ method: "POST", path: "/auth/login", body: "x".repeat(maxBodyBytes + 1) });
    expect((await problemOf(declared)).status).toBe(413);
    let pulled = 0;
    const endless = new ReadableStream<Uint8Array>({
      pull: (controller) => {
        pulled += 1;
        controller.enqueue(new Uint8Array(64 * 1024));
      },
    });
    const init = {
      method: "POST",
      body: endless,
      duplex: "half",
      headers: { "content-type": "application/json" },
    };
    const request = new Request("https://lab.example.org/api/v2/auth/login", init);
    const response = await createApiHandler(testServices(test.db))(request);
    expect(response.status).toBe(413);
    expect(pulled).toBeLessThan(100);
  });

  it.each<[string, string, number]>([
    ["another site", "/me/ssh-keys", 403],
    ["an unknown path", "/nothing", 404],
    ["a wrong method", "/me", 405],
  ])("%s, only once the body has arrived: a proxy would lose the answer", async (_what, path, status) => {
    let pulled = 0;
    const body = new ReadableStream<Uint8Array>({
      pull: (controller) => {
        pulled += 1;
        if (pulled === 20) controller.close();
        else controller.enqueue(new Uint8Array(1024));
      },
    });
    const headers = { origin: "https://evil.example", "content-type": "application/json" };
    const init = { method: "POST", body, duplex: "half", headers };
    const request = new Request(`${testUrl}/api/v2${path}`, init);
    const response = await createApiHandler(testServices(test.db))(request);
    expect((await problemOf(response)).status).toBe(status);
    expect(pulled).toBe(20);
  });

  it("invalid fields, by name", async () => {
    const body = { username: "A B", email: "no", password: "short", admin: true };
    const problem = await problemOf(await call({ method: "POST", path: "/auth/register", body }));
    expect(Object.keys(problem.errors ?? {}).sort()).toEqual(["admin", "email", "password", "username"]);
  });
});

describe("who calls", () => {
  it("is the cookie's user; the cookie is for this host, HTTPS and HTTP alone", async () => {
    const body = { username: "cookie", email: "cookie@example.org", password: testPassword };
    const response = await call({ method: "POST", path: "/auth/register", body });
    const line = response.headers.get("set-cookie") ?? "";
    expect(line).toMatch(/^__Host-[^;]+; Path=\/; Expires=[^;]+; Secure; HttpOnly; SameSite=Lax$/);
    const me = await call({ method: "GET", path: "/me", as: { cookie: cookieOf(response) } });
    expect(await me.json()).toMatchObject({ data: { username: "cookie" }, meta: {} });
    expect(me.headers.get("cache-control")).toBe("no-store, no-transform");
  });

  it("is the token's user, never the cookie's beside it; tokens manage no keys, tokens or passwords", async () => {
    const cookie = await register("tokens");
    const made = await call({ method: "POST", path: "/me/api-tokens", as: { cookie }, body: { name: "ci" } });
    expect(made.status).toBe(201);
    const { data } = z.object({ data: z.object({ token: z.string() }) }).parse(await made.json());
    const as = { token: data.token };
    expect((await call({ method: "GET", path: "/me", as })).status).toBe(200);
    const both = { as: { token: "mf_bad" }, headers: { cookie } };
    expect((await call({ method: "GET", path: "/me", ...both })).status).toBe(401);
    for (const sent of [
      { method: "POST", path: "/me/api-tokens", body: { name: "x" } },
      { method: "DELETE", path: "/me/api-tokens/tok_aaaaaaaaaaaaaaaa" },
      { method: "POST", path: "/me/ssh-keys", body: { name: "x", publicKey: "x" } },
      { method: "POST", path: "/me/password", body: { currentPassword: "x", newPassword: "0123456789" } },
    ]) {
      expect((await call({ ...sent, as })).status).toBe(403);
    }
  });

  it("is nobody after logout, and the browser is told to forget", async () => {
    const cookie = await register("leaver");
    const out = await call({ method: "POST", path: "/auth/logout", as: { cookie } });
    expect(out.headers.get("set-cookie")).toMatch(/^__Host-medforge_login=; .*Expires=Thu, 01 Jan 1970/);
    expect((await call({ method: "GET", path: "/me", as: { cookie } })).status).toBe(401);
  });
});

describe("health", () => {
  it("tells version and database", async () => {
    const response = await call({ method: "GET", path: "/health" });
    expect(await response.json()).toMatchObject({ data: { status: "ok", database: "ok" }, meta: {} });
  });

  it("is 503 with a waiting time when the database is gone", async () => {
    const db = connectDb({ url: "mysql://root@127.0.0.1:9/none", poolSize: 1 });
    const response = await testCaller(testServices(db))({ method: "GET", path: "/health" });
    expect((await problemOf(response)).detail).toBe("The database does not answer.");
    expect(response.headers.get("retry-after")).toBe("5");
    const body = { login: "ada", password: "x" };
    const other = await testCaller(testServices(db))({ method: "POST", path: "/auth/login", body });
    const problem = await problemOf(other);
    expect([problem.status, other.headers.get("retry-after")]).toEqual([503, "5"]);
    expect(JSON.stringify(problem)).not.toMatch(/ECONNREFUSED|127\.0\.0\.1|select/i);
    await db.$client.end();
  });
});

describe("the log", () => {
  it("has one line per request with who, what and how it went, and no secret", async () => {
    const cookie = await register("logged");
    lines.length = 0;
    const response = await call({ method: "GET", path: "/me", as: { cookie } });
    const requests = lines.filter((line) => line.msg === "request");
    expect(requests).toHaveLength(1);
    expect(requests[0]).toMatchObject({ method: "GET", path: "/api/v2/me", status: 200 });
    expect(requests[0]?.requestId).toBe(response.headers.get("x-request-id"));
    expect(requests[0]?.userId).toMatch(/^usr_/);
    expect(requests[0]?.ms).toBeTypeOf("number");
    await call({
      method: "POST",
      path: "/auth/login",
      body: { login: "logged", password: "hunter2hunter2" },
    });
    expect(JSON.stringify(lines)).not.toMatch(/hunter2|__Host/);
  });

  it("tells why a query failed, and keeps its parameters to itself", async () => {
    lines.length = 0;
    await test.db.execute("RENAME TABLE audit_log TO audit_gone");
    const body = { username: "unlucky", email: "unlucky@example.org", password: testPassword };
    const response = await call({ method: "POST", path: "/auth/register", body });
    await test.db.execute("RENAME TABLE audit_gone TO audit_log");
    expect(response.status).toBe(500);
    expect(lines.find((line) => line.level === 50)).toMatchObject({
      query: expect.stringContaining("insert into `audit_log`"),
      requestId: response.headers.get("x-request-id"),
    });
    expect(JSON.stringify(lines)).not.toMatch(/unlucky|argon2/);
    const again = await call({ method: "POST", path: "/auth/register", body });
    expect(again.status).toBe(201);
  });

  it("takes no request id from outside", async () => {
    const response = await call({ method: "GET", path: "/health", headers: { "x-request-id": "forged" } });
    expect(response.headers.get("x-request-id")).toMatch(/^req_[0-9a-f]{24}$/);
  });
});
