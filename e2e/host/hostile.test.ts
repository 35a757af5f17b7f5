import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { accessTable, pathOf, surfaceAt } from "../support/access";
import type { Row, Target } from "../support/access-row";
import { Api, problemOf } from "../support/api";
import { assemble } from "../support/cast";
import { closeDatabase } from "../support/database";
import type { Answer } from "../support/http";
import { endAllSessions } from "../support/lab";
import { expectNoLeaks } from "../support/leaks";
import { endMonitors, newMonitor } from "../support/monitors";
import { admin, forgetAttempts } from "../support/people";
import { type Operation, operations } from "../support/spec";

/** None of these fits any field of the API. */
const misfits: [string, unknown][] = [
  ["an array", [1]],
  ["an object", { $gt: "" }],
  ["a hundred thousand characters", "x".repeat(100_000)],
  ["a not-a-number", "NaN"],
  ["a path", "../../../etc/passwd\u0000"],
  ["an injection", "' OR 1=1; DROP TABLE users; --"],
  ["a huge number", 1e308],
  ["a negative number", -1],
  ["a fraction", 0.3],
  ["a deep nest", JSON.parse(`${'{"a":'.repeat(500)}1${"}".repeat(500)}`)],
];
/** Free text takes these; it must still not fail on them. */
const freeText = new Set(["a not-a-number", "an injection"]);
/** A password may be anything of the right length. */
const passwords = new Set(["password", "currentPassword", "newPassword"]);
/** What lists are searched by: any text of some length, which finds nothing. */
const searches = new Set(["q", "who", "action", "resource"]);
const maxBodyBytes = 1024 * 1024;
const refusals = [400, 404, 413, 415];

let table: Record<string, Row>;
let spec: Operation[];
let api: Api;
let inside: Api;
let boss: Api;
let monitor: Api;
const failures: string[] = [];

beforeAll(async () => {
  await endAllSessions();
  const cast = await assemble();
  [api, inside, boss] = [cast.ana.api, cast.anaInside, await admin()];
  monitor = new Api(await newMonitor(boss));
  table = accessTable(cast);
  spec = await operations(new Api());
});

beforeEach(() => {
  failures.length = 0;
});

afterAll(async () => {
  await endMonitors();
  await expectNoLeaks();
  await closeDatabase();
});

function callerOf({ name, path }: Operation): Api {
  const access = table[name]?.access;
  // A register or login that goes through would make the caller someone else.
  if (access === "public") return new Api();
  if (access === "admin" || access === "interactiveAdmin") return boss;
  if (access === "monitor") return monitor;
  return surfaceAt(path) === "internal" ? inside : api;
}

async function targetOf({ name }: Operation): Promise<Target> {
  return (await table[name]?.target?.()) ?? {};
}

function note(what: string, answer: Answer, statuses: readonly number[], field?: string): void {
  if (!statuses.includes(answer.status))
    failures.push(`${what}: ${answer.status} ${answer.text.slice(0, 200)}`);
  else if (answer.status >= 400 && !what.startsWith("HEAD ")) {
    const { errors = {} } = problemOf(answer);
    const named = Object.keys(errors).some((key) => key === field || key.startsWith(`${field}.`));
    if (answer.status === 400 && field !== undefined && !named) {
      failures.push(`${what}: 400 does not name ${field}: ${answer.text.slice(0, 200)}`);
    }
  }
}

/** What a parameter may be answered that does not fit it. */
function answersTo(operation: Operation, name: string, text: string): readonly number[] {
  if (searches.has(name) && text.length < 100) return [200];
  // A file may be called anything that is no path; and whatever is asked of what isn't there, it isn't there.
  return name === "filename" || table[operation.name]?.ok === 404 ? [400, 404] : [400];
}

/** One otherwise good body with one hostile value. */
async function tryField(operation: Operation, field: string, what: string, value: unknown): Promise<void> {
  await forgetAttempts();
  const { params, body } = await targetOf(operation);
  const hostile = { ...(body as Record<string, unknown>), [field]: value };
  const answer = await callerOf(operation).send(operation.method, pathOf(operation.path, params), hostile);
  const free = freeText.has(what) || (passwords.has(field) && what === "a path");
  const fits = free || answer.status === 401;
  const statuses = fits ? [200, 201, 202, 401, 409, ...refusals] : refusals;
  note(`${operation.name} ${field}: ${what}`, answer, statuses, fits ? undefined : field);
}

describe("malformed, oversized and hostile input", () => {
  test("a body that is not the JSON object it should be is refused", async () => {
    for (const operation of spec.filter((candidate) => candidate.body)) {
      const { params } = await targetOf(operation);
      const path = pathOf(operation.path, params);
      const caller = callerOf(operation);
      const send = (body: string | Buffer, headers: Record<string, string> = {}) =>
        caller.raw(operation.method, path, body, headers);
      await forgetAttempts();
      note(`${operation.name} not JSON`, await send("{"), [400]);
      note(
        `${operation.name} not UTF-8`,
        await send(Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x3a, 0x31, 0x7d])),
        [400],
      );
      note(`${operation.name} an array`, await send("[]"), [400]);
      note(`${operation.name} null`, await send("null"), [400]);
      note(
        `${operation.name} a form`,
        await send("a=1", { "content-type": "application/x-www-form-urlencoded" }),
        [415],
      );
      note(`${operation.name} XML`, await send("<a/>", { "content-type": "text/xml" }), [415]);
      note(`${operation.name} oversized`, await send(`{"a":"${"x".repeat(maxBodyBytes)}"}`), [413]);
      note(`${operation.name} unknown field`, await send('{"surprise":1}'), [400]);
      note(
        `${operation.name} prototype`,
        await send('{"__proto__":{"role":"admin"},"constructor":1}'),
        [400],
      );
    }
    expect(failures).toEqual([]);
  });

  test("every field of every body refuses what does not fit it, by name", async () => {
    for (const operation of spec.filter((candidate) => candidate.body)) {
      for (const field of Object.keys(operation.body?.properties ?? {})) {
        for (const [what, value] of misfits) {
          await tryField(operation, field, what, value);
        }
      }
    }
    expect(failures).toEqual([]);
  });

  test("paths and queries refuse what does not fit them", async () => {
    // As parameters these are percent-encoded: a slash and a NUL inside one segment.
    const texts = ["../..", "\u0000", "' OR 1=1 --", "x".repeat(5_000), "wsp_AAAAAAAAAAAAAAAA", "🙂", "-1"];
    for (const operation of spec) {
      const { params = {}, body } = await targetOf(operation);
      for (const text of texts) {
        for (const name of Object.keys(params)) {
          const path = pathOf(operation.path, { ...params, [name]: text });
          const answer = await callerOf(operation).send(operation.method, path, body);
          note(`${operation.name} ${name}=${text.slice(0, 30)}`, answer, [400, 404, 405, 414, 431]);
        }
        for (const name of operation.query) {
          const path = `${pathOf(operation.path, params)}?${name}=${encodeURIComponent(text)}`;
          note(
            `${operation.name} ?${name}=${text.slice(0, 30)}`,
            await callerOf(operation).send(operation.method, path),
            answersTo(operation, name, text),
            name,
          );
        }
      }
    }
    expect(failures).toEqual([]);
  });

  test("a mutation that another site made a browser send is refused", async () => {
    for (const operation of spec.filter(({ method }) => method !== "GET" && method !== "HEAD")) {
      const { params, body } = await targetOf(operation);
      const surface = surfaceAt(operation.path);
      const cookie = (surface === "internal" ? inside : api).cookieHeader();
      const stranger = new Api(undefined, surface);
      for (const origin of ["https://evil.example", "null"]) {
        const headers = { origin, cookie };
        const path = pathOf(operation.path, params);
        note(
          `${operation.name} from ${origin}`,
          await stranger.raw(operation.method, path, JSON.stringify(body ?? {}), headers),
          [403],
        );
      }
    }
    expect(failures).toEqual([]);
  });

  test("unknown paths and methods answer problems, too", async () => {
    for (const path of ["nothing", "external", "me/..%2fadmin/users", "spec.json/x"]) {
      expect(problemOf(await api.send("GET", path)).status, path).toBe(404);
    }
    expect(problemOf(await api.send("PUT", "me", {})).status).toBe(405);
  });
});
