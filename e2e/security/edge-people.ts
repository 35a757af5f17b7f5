import { createHash } from "node:crypto";
import { expect } from "vitest";
import { z } from "zod";
import { userView } from "@/lib/auth/model";
import { freshToken } from "../support/access";
import { Api, problemOf } from "../support/api";
import { rows } from "../support/database";
import { testEnv } from "../support/env";
import { type Answer, exchange } from "../support/http";
import { launch, session as look, stop } from "../support/lab";
import { admin, forgetAttempts, freshName, login, newcomer } from "../support/people";
import {
  type EdgeTrial,
  evil,
  host,
  loginCookie,
  statusOf,
  tryLogin,
  withCookie,
  wrongPassword,
} from "./edge-cast";

/** What two refusals may differ in is the request's id. */
function wordsOf(answer: Answer): unknown {
  const { instance: _, ...words } = problemOf(answer);
  return words;
}

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

/** What another site, an old login or a stranger who guesses would try. */
export const peopleTrials: readonly EdgeTrial[] = [...csrf, ...logins, ...enumeration];
