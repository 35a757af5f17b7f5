import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { connect } from "node:tls";
import { expect } from "vitest";
import { Api } from "../support/api";
import { rows } from "../support/database";
import { testEnv } from "../support/env";
import { type Answer, exchange } from "../support/http";
import { forgetAttempts, freshName } from "../support/people";
import { type EdgeTrial, host, tryLogin, wrongPassword } from "./edge-cast";

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

const statusLines = (text: string) => [...text.matchAll(/^HTTP\/1\.1 (\d{3})/gm)].map((match) => match[1]);

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

/** What hostile paths, headers and bytes on the wire would try. */
export const wireTrials: readonly EdgeTrial[] = [...paths, ...headers];
