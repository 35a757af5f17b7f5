import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { connect } from "node:tls";
import { expect } from "vitest";
import { z } from "zod";
import { userView } from "@/lib/auth/model";
import { freshToken } from "../support/access";
import { Api, problemOf } from "../support/api";
import { rows } from "../support/database";
import { testEnv } from "../support/env";
import { type Answer, exchange } from "../support/http";
import { launch, session as look, stop } from "../support/lab";
import { admin, forgetAttempts, freshName, login, newcomer, type Person } from "../support/people";
import type { Trial } from "./trial";

/** Two people with accounts, one of whom is after the other. */
export interface EdgeCast {
  ana: Person;
  eve: Person;
}

type EdgeTrial = Trial<EdgeCast>;

const loginCookie = "__Host-medforge_login";
const evil = "https://evil.example";
const wrongPassword = "not-the-password";

const statusOf = async (api: Api, path = "me") => (await api.send("GET", path)).status;
const withCookie = (cookie: string) => new Api().raw("GET", "me", undefined, { cookie });

function tryLogin(name: string, password = wrongPassword, headers: Record<string, string> = {}) {
  return new Api().raw("POST", "auth/login", JSON.stringify({ login: name, password }), headers);
}

/** What two refusals may differ in is the request's id. */
function wordsOf(answer: Answer): unknown {
  const { instance: _, ...words } = problemOf(answer);
  return words;
}

/** Longest that the edge may keep silent on a busy machine, in ms. */
const silenceMs = 30_000;

/** Bytes on a TLS connection of their own, as no well-behaved client sends them. @returns all that came back */
function speak(text: string): Promise<string> {
  const { MEDFORGE_TEST_URL, MEDFORGE_TEST_CA } = testEnv();
  const { hostname, port } = new URL(MEDFORGE_TEST_URL);
  return new Promise((resolve, reject) => {
    const ca = readFileSync(MEDFORGE_TEST_CA);
    const socket = connect({ host: hostname, port: Number(port), servername: hostname, ca });
    const chunks: Buffer[] = [];
    socket.on("data", (chunk) => chunks.push(chunk));
    socket.on("error", reject);
    socket.setTimeout(silenceMs, () =>
      socket.destroy(new Error(`silence after ${String(Buffer.concat(chunks))}`)),
    );
    socket.on("close", () => resolve(Buffer.concat(chunks).toString()));
    socket.write(text.replaceAll("\n", "\r\n"));
  });
}

const host = () => new URL(testEnv().MEDFORGE_TEST_URL).host;
const statusLines = (text: string) => [...text.matchAll(/^HTTP\/1\.1 (\d{3})/gm)].map((match) => match[1]);

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

/** A mutation with her cookies that another site's page has made her browser send. */
function forged(tried: string, headersOf: () => Record<string, string>, status = 403): EdgeTrial {
  return {
    tried,
    refused: status === 415 ? "415, unsupported media type" : "403, another site's request",
    async run({ ana }) {
      const name = freshName("planted");
      const send = (headers: Record<string, string>) =>
        ana.api.raw("POST", "external/workspaces", JSON.stringify({ name }), headers);
      expect((await send(headersOf())).status).toBe(status);
      expect((await ana.api.send("GET", "external/workspaces")).text).not.toContain(name);
      // The control: from the lab's own page it is a good one.
      const made = await send({});
      expect(made.status).toBe(201);
      const { data } = z.object({ data: z.looseObject({ id: z.string() }) }).parse(JSON.parse(made.text));
      await ana.api.call(z.unknown(), "DELETE", `external/workspaces/${data.id}`);
    },
  };
}

const csrf: EdgeTrial[] = [
  forged("another site's page changes something with her cookie", () => ({ origin: evil })),
  forged("the same as a form, which needs no preflight", () => ({
    ...{ origin: evil, "content-type": "text/plain" },
  })),
  forged("the same from a sandboxed frame", () => ({ origin: "null" })),
  forged("the same from a name that ends like the lab's", () => ({ origin: `https://evil-${host()}` })),
  forged("the same from another port of the lab's host", () => ({
    origin: `https://${new URL(testEnv().MEDFORGE_TEST_URL).hostname}:1`,
  })),
  forged("a form's content type", () => ({ "content-type": "application/x-www-form-urlencoded" }), 415),
  {
    tried: "another site's script reads an answer",
    refused: "no Access-Control-Allow-Origin",
    async run({ ana }) {
      for (const method of ["GET", "OPTIONS"]) {
        const { headers } = await ana.api.raw(method, "me", undefined, { origin: evil });
        expect(headers).not.toHaveProperty("access-control-allow-origin");
      }
    },
  },
  {
    tried: "another site frames a page",
    refused: "frame-ancestors 'none'",
    async run() {
      const { headers } = await exchange({ method: "GET", path: "/login" });
      expect(headers["content-security-policy"]).toContain("frame-ancestors 'none'");
    },
  },
];

const logins: EdgeTrial[] = [
  {
    tried: "a script of the page, or plain HTTP, reads the login's cookie",
    refused: "HttpOnly, Secure, SameSite=Lax, __Host-",
    async run({ ana }) {
      await forgetAttempts();
      const answer = await tryLogin(ana.username, ana.password);
      const [cookie = ""] = answer.headers["set-cookie"] ?? [];
      expect(cookie).toMatch(new RegExp(`^${loginCookie}=`));
      for (const attribute of ["HttpOnly", "Secure", "SameSite=Lax", "Path=/"]) {
        expect(cookie.toLowerCase()).toContain(attribute.toLowerCase());
      }
      expect(cookie.toLowerCase()).not.toContain("domain=");
    },
  },
  {
    tried: "a login's id that was planted in her browser before she signed in",
    refused: "401: signing in makes a new one",
    async run({ ana }) {
      await forgetAttempts();
      const planted = `${loginCookie}=${"a".repeat(40)}`;
      const answer = await tryLogin(ana.username, ana.password, { cookie: planted });
      expect(answer.headers["set-cookie"]?.[0]).not.toContain(planted);
      expect((await withCookie(planted)).status).toBe(401);
    },
  },
  {
    tried: "the login's id as the database stores it",
    refused: "401: what is stored is a hash",
    async run({ ana }) {
      const id = ana.api.cookieEntries().find(({ name }) => name === loginCookie)?.value ?? "";
      const stored = createHash("sha256").update(id).digest("hex");
      expect(await rows("SELECT 1 FROM logins WHERE id_hash = ?", [stored])).toHaveLength(1);
      expect((await withCookie(`${loginCookie}=${id}`)).status).toBe(200);
      expect((await withCookie(`${loginCookie}=${stored}`)).status).toBe(401);
    },
  },
  {
    tried: "a cookie after signing out",
    refused: "401",
    async run({ ana }) {
      const api = await login(ana.username, ana.password);
      const cookie = api.cookieHeader();
      expect((await withCookie(cookie)).status).toBe(200);
      await api.call(z.unknown(), "POST", "auth/logout");
      expect((await withCookie(cookie)).status).toBe(401);
    },
  },
  {
    tried: "another login after the password was changed",
    refused: "401",
    async run() {
      const mia = await newcomer("mia");
      const other = await login(mia.username, mia.password);
      const passwords = { currentPassword: mia.password, newPassword: `${mia.password}-2` };
      await mia.api.call(z.unknown(), "POST", "me/password", passwords);
      expect([await statusOf(mia.api), await statusOf(other)]).toEqual([200, 401]);
    },
  },
  {
    tried: "login and token of somebody who was disabled",
    refused: "401",
    async run() {
      const mia = await newcomer("mia");
      const { token } = await freshToken(mia.api);
      expect(await statusOf(new Api(token))).toBe(200);
      await (await admin()).call(userView, "PATCH", `admin/users/${mia.id}`, { disabled: true });
      expect([await statusOf(mia.api), await statusOf(new Api(token))]).toEqual([401, 401]);
    },
  },
  {
    tried: "a token after it was revoked",
    refused: "401",
    async run({ ana }) {
      const { id, token } = await freshToken(ana.api);
      expect(await statusOf(new Api(token))).toBe(200);
      await ana.api.call(z.unknown(), "DELETE", `me/api-tokens/${id}`);
      expect(await statusOf(new Api(token))).toBe(401);
    },
  },
  {
    tried: "a token makes another token, adds an SSH key, changes the password",
    refused: "403: these need a login",
    async run({ ana }) {
      const { token } = await freshToken(ana.api);
      const api = new Api(token);
      const tries: [string, unknown][] = [
        ["me/api-tokens", { name: "more" }],
        ["me/ssh-keys", { name: "more", publicKey: "ssh-ed25519 AAAA" }],
        ["me/password", { currentPassword: ana.password, newPassword: "another-long-one" }],
      ];
      for (const [path, body] of tries)
        expect((await api.refused("POST", path, body)).status, path).toBe(403);
    },
  },
  {
    tried: "the cookie of a login beside a bad token",
    refused: "401: the Authorization header decides alone",
    async run({ ana }) {
      const answer = await ana.api.raw("GET", "me", undefined, { authorization: "Bearer mf_nonsense" });
      expect(answer.status).toBe(401);
    },
  },
  {
    tried: "the eleventh wrong password, from whatever address it claims to be",
    refused: "429",
    async run() {
      const mia = await newcomer("mia");
      await forgetAttempts();
      const statuses: number[] = [];
      for (let n = 1; n <= 11; n++) {
        statuses.push(
          (await tryLogin(mia.username, wrongPassword, { "x-forwarded-for": `192.0.2.${n}` })).status,
        );
      }
      expect(statuses).toEqual([...Array.from({ length: 10 }, () => 401), 429]);
      await forgetAttempts();
    },
  },
];

/** Attempts of each kind, taken in turns. */
const timedAttempts = 15;
/** Without a hash for unknown names the ratio is above ten; the machine's noise stays far below this. */
const maxRatio = 2;

const enumeration: EdgeTrial[] = [
  {
    tried: "tells from the answer whether an account exists",
    refused: "the same 401, word for word",
    async run({ ana }) {
      await forgetAttempts();
      const [known, unknown] = [await tryLogin(ana.username), await tryLogin(freshName("nobody"))];
      expect(wordsOf(known)).toEqual(wordsOf(unknown));
      expect(known.status).toBe(401);
      await forgetAttempts();
    },
  },
  {
    tried: "tells from the time whether an account exists",
    refused: "the same work for both",
    async run({ ana }) {
      const times = { known: [] as number[], unknown: [] as number[] };
      for (let n = 0; n < timedAttempts; n++) {
        for (const kind of ["known", "unknown"] as const) {
          await forgetAttempts();
          const name = kind === "known" ? ana.username : freshName("nobody");
          const begun = performance.now();
          await tryLogin(name);
          times[kind].push(performance.now() - begun);
        }
      }
      await forgetAttempts();
      const ratio = median(times.known) / median(times.unknown);
      expect(ratio).toBeGreaterThan(1 / maxRatio);
      expect(ratio).toBeLessThan(maxRatio);
    },
  },
  {
    tried: "tells at registration which of the two was taken, name or email address",
    refused: "the same 409 for both",
    async run({ ana }) {
      await forgetAttempts();
      const [name, password] = [freshName("nobody"), "correct-horse-battery"];
      const register = (username: string, email: string) =>
        new Api().send("POST", "auth/register", { username, email, password });
      const byName = await register(ana.username, `${name}@example.org`);
      const byEmail = await register(name, `${ana.username}@example.org`);
      expect(byName.status).toBe(409);
      expect(wordsOf(byName)).toEqual(wordsOf(byEmail));
    },
  },
  {
    tried: "tells another's session and workspace from ones that don't exist",
    refused: "the same 404, word for word",
    async run({ ana, eve }) {
      const session = await launch(ana, { workspaceName: freshName("hers") });
      const { slug, workspace } = session;
      const nowhere = { slug: "aaaaaaaa", workspace: "wsp_aaaaaaaaaaaaaaaa" };
      const at = (place: { slug: string; workspace: string }): [method: string, path: string][] => [
        ["GET", `external/sessions/${place.slug}`],
        ["GET", `external/sessions/${place.slug}/events`],
        ["GET", `external/sessions/${place.slug}/probes`],
        ["POST", `external/sessions/${place.slug}/stop`],
        ["GET", `external/workspaces/${place.workspace}`],
        ["GET", `external/workspaces/${place.workspace}/snapshots`],
        ["DELETE", `external/workspaces/${place.workspace}`],
      ];
      const answers = async (place: { slug: string; workspace: string }) => {
        const said: unknown[] = [];
        for (const [method, path] of at(place)) {
          const answer = await eve.api.send(method, path);
          expect(answer.status, `${method} ${path}`).toBe(404);
          expect(answer.text).not.toContain(workspace.name);
          // It repeats what was asked for.
          said.push(
            JSON.stringify(wordsOf(answer)).replaceAll(place.workspace, "…").replaceAll(place.slug, "…"),
          );
        }
        return said;
      };
      expect(await answers({ slug, workspace: workspace.id })).toEqual(await answers(nowhere));
      expect((await look(ana.api, session.slug)).state).toBe("RUNNING");
      await stop(ana.api, session.slug);
    },
  },
];

/** Sent as they are; a client would tidy them up first. */
const trickyPaths = [
  "/api/v2/external/../admin/users",
  "/api/v2/external/..%2fadmin/users",
  "/api/v2/me/%2e%2e/admin/users",
  "/api/v2/admin%2fusers",
  "/api/v2/admin/users%00",
  "/api/v2//admin/users",
  "//api/v2/admin/users",
  "/api/v2/admin/users/",
  "/API/V2/ADMIN/USERS",
  "/api/v2/admin/users;/health",
  "/_next/static/../../../../etc/passwd",
  "/_next/static/..%2f..%2f..%2f..%2fetc%2fpasswd",
  "/_next/static/%2e%2e/%2e%2e/%2e%2e/%2e%2e/etc/passwd",
  "/_next/static/..\\..\\..\\etc\\passwd",
  "/_next/static/../server/app-paths-manifest.json",
  "/_next/image?url=file%3A%2F%2F%2Fetc%2Fpasswd&w=64&q=75",
  "/_next/image?url=http%3A%2F%2F127.0.0.1%2F&w=64&q=75",
  "/ca.pem/../secrets.json",
  "/..%2f..%2fsecrets.json",
  "/.env",
  "/package.json",
  "/.git/config",
];

const elsewhere = [
  "https://evil.example/x",
  "//evil.example/x",
  "///evil.example/x",
  "/\\evil.example/x",
  "\\\\evil.example/x",
  "/\t/evil.example/x",
  "/.//evil.example/x",
  "/x/..//evil.example/x",
  "javascript:alert(1)",
  "evil.example",
];

/** Where a redirect leads a browser: a path of the lab, or another site's address. */
function placeOf({ status, headers }: Answer): string {
  expect([303, 307]).toContain(status);
  const { MEDFORGE_TEST_URL } = testEnv();
  const url = new URL(headers.location ?? "", MEDFORGE_TEST_URL);
  return url.origin === MEDFORGE_TEST_URL ? url.pathname : url.href;
}

/** Where the form of a sign-in page would lead. */
function wayBackOf(page: string): string | undefined {
  const [input = ""] = /<input[^>]* name="next"[^>]*>/.exec(page) ?? [];
  return / value="([^"]*)"/.exec(input)?.[1];
}

const paths: EdgeTrial[] = [
  {
    tried: `${trickyPaths.length} paths that dodge a route's guard or leave a folder: dots, encoded slashes, NUL, doubled slashes, backslashes`,
    refused: "400, 401, 403, 404 or a redirect; never content",
    async run({ eve }) {
      const served: string[] = [];
      for (const path of trickyPaths) {
        const text = await speak(
          `GET ${path} HTTP/1.1\nHost: ${host()}\nCookie: ${eve.api.cookieHeader()}\nConnection: close\n\n`,
        );
        const [status = ""] = statusLines(text);
        if (!/^(30[1278]|4\d\d)$/.test(status)) served.push(`${path}: ${text.slice(0, 300)}`);
        expect(text, path).not.toMatch(/root:x:0|"role":|BEGIN .*PRIVATE KEY/);
      }
      expect(served).toEqual([]);
    },
  },
  {
    tried: `a way back after signing in that leads to another site, in ${elsewhere.length} spellings`,
    refused: "leads home",
    async run({ ana }) {
      const claims = [
        ...elsewhere.map((claimed) => ({ claimed, home: true })),
        { claimed: "/settings", home: false },
      ];
      for (const { claimed, home } of claims) {
        const expected = home ? "/home" : claimed;
        for (const page of ["/login", "/signup"]) {
          const path = `${page}?next=${encodeURIComponent(claimed)}`;
          const signedIn = { cookie: ana.api.cookieHeader() };
          expect(placeOf(await exchange({ method: "GET", path, headers: signedIn })), path).toBe(expected);
          expect(wayBackOf((await exchange({ method: "GET", path })).text), path).toBe(expected);
        }
      }
    },
  },
];

/** How a request may say, or seem to say, that its body is in chunks. */
const chunkings: readonly string[] = [
  "Transfer-Encoding: chunked",
  "Transfer-Encoding: CHUNKED",
  "Transfer-Encoding:\tchunked",
  "Transfer-Encoding:\n chunked",
  "Transfer-Encoding : chunked",
  "Transfer-Encoding: identity, chunked",
  "Transfer-Encoding: chunked, identity",
  "Transfer-Encoding: chunked\nTransfer-Encoding: identity",
  "Transfer-Encoding: xchunked",
];

const headers: EdgeTrial[] = [
  {
    tried:
      "X-Forwarded-For, X-Real-IP and Forwarded, also named in Connection, to be throttled as somebody else",
    refused: "replaced: counted by the connection's address",
    async run() {
      await forgetAttempts();
      const claims: Record<string, string>[] = [
        { "x-forwarded-for": "192.0.2.1" },
        { "x-forwarded-for": "192.0.2.2, 192.0.2.3" },
        { "x-real-ip": "192.0.2.4" },
        { forwarded: "for=192.0.2.5" },
        { "x-forwarded-for": "192.0.2.6", connection: "close, x-forwarded-for" },
        { "true-client-ip": "192.0.2.7", "cf-connecting-ip": "192.0.2.8" },
      ];
      for (const claim of claims) await tryLogin(freshName("nobody"), wrongPassword, claim);
      const buckets = await rows(
        "SELECT bucket, attempts FROM throttles WHERE bucket LIKE 'login-address:%'",
      );
      const own = createHash("sha256").update("127.0.0.1").digest("hex");
      expect(buckets).toEqual([{ bucket: `login-address:${own}`, attempts: claims.length }]);
      await forgetAttempts();
    },
  },
  {
    tried: "X-Forwarded-Host and its likes, to be on the internal surface",
    refused: "403: Host alone decides",
    async run({ ana }) {
      const internal = new URL(testEnv().MEDFORGE_TEST_INTERNAL_URL).host;
      for (const name of ["x-forwarded-host", "x-host", "x-original-host", "forwarded"]) {
        const value = name === "forwarded" ? `host=${internal}` : internal;
        const answer = await ana.api.raw("GET", "internal/sessions", undefined, { [name]: value });
        expect(answer.status, name).toBe(403);
      }
    },
  },
  {
    tried: "X-Middleware-Subrequest, X-Original-URL and X-Rewrite-URL, to step round the checks",
    refused: "no effect",
    async run({ eve }) {
      const claims: Record<string, string>[] = [
        { "x-middleware-subrequest": "proxy:proxy:proxy:proxy:proxy" },
        { "x-middleware-subrequest": "src/middleware:src/middleware:src/middleware:src/middleware" },
        { "x-original-url": "/api/v2/health", "x-rewrite-url": "/api/v2/health" },
      ];
      for (const claim of claims) {
        expect((await eve.api.raw("GET", "admin/users", undefined, claim)).status).toBe(403);
        const lines = Object.entries(claim).map(([name, value]) => `${name}: ${value}\n`);
        const page = await speak(
          `GET /admin/users HTTP/1.1\nHost: ${host()}\n${lines.join("")}Connection: close\n\n`,
        );
        expect(statusLines(page)[0]).toMatch(/^30[37]$/);
        expect(page.toLowerCase()).toContain("content-security-policy:");
      }
    },
  },
  {
    tried: "two lengths for one body, to smuggle a second request behind it",
    refused: "400",
    async run() {
      const head = `POST /api/v2/auth/login HTTP/1.1\nHost: ${host()}\nContent-Type: application/json\n`;
      const inner = `GET /api/v2/health HTTP/1.1\nHost: ${host()}\nConnection: close\n\n`;
      const differing = await speak(
        `${head}Content-Length: 2\nContent-Length: 60\nConnection: close\n\n{}${inner}`,
      );
      expect(statusLines(differing)).toEqual(["400"]);
      const unknown = await speak(
        `${head}Transfer-Encoding: xchunked\nConnection: close\n\n2\n{}\n0\n\n${inner}`,
      );
      expect(statusLines(unknown)[0]).toMatch(/^(400|501)$/);
      expect(statusLines(unknown)).not.toContain("200");
    },
  },
  {
    tried: `chunks beside a length, in ${chunkings.length} spellings, to smuggle a request past the edge`,
    refused: "the edge answers the second request itself, or refuses both",
    async run({ ana }) {
      // Whoever believes the length has one request with a body; whoever believes the chunks has a second one behind it.
      // The edge alone knows that its host is not the lab's: web would answer 200.
      const second = `GET /api/v2/health HTTP/1.1\nHost: evil.example\nConnection: close\n\n`;
      const body = `0\n\n${second}`;
      const length = body.replaceAll("\n", "\r\n").length;
      for (const chunking of chunkings) {
        const text = await speak(
          `POST /api/v2/auth/login HTTP/1.1\nHost: ${host()}\nContent-Type: application/json\nContent-Length: ${length}\n${chunking}\n\n${body}`,
        );
        expect(statusLines(text).join(), JSON.stringify(chunking)).toMatch(/^(400|501|4\d\d,421)$/);
        if (text.includes(" 421 ")) expect(text).toContain("This address does not serve that host.");
        // Nobody else gets the answer to what was left over between edge and web.
        const next = await Promise.all(Array.from({ length: 8 }, () => ana.api.send("GET", "me")));
        for (const { status, text: own } of next) {
          expect(status).toBe(200);
          expect(own).toContain(ana.username);
        }
      }
    },
  },
  {
    tried: "a request id of its own, to forge lines of the log",
    refused: "made by the lab itself",
    async run() {
      const answer = await new Api().raw("GET", "health", undefined, { "x-request-id": "forged" });
      expect(answer.headers["x-request-id"]).toMatch(/^(?!forged)\S+$/);
    },
  },
  {
    tried: "a host name that is not the lab's",
    refused: "421",
    async run() {
      const answer = await new Api().raw("GET", "health", undefined, { host: "evil.example" });
      expect(answer.status).toBe(421);
    },
  },
];

export const edgeTrials: readonly EdgeTrial[] = [...csrf, ...logins, ...enumeration, ...paths, ...headers];
