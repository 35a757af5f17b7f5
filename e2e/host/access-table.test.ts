import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Surface } from "@/lib/kernel/surface";
import { accessTable, pathOf, surfaceAt } from "../support/access";
import type { Access, Row, Target } from "../support/access-row";
import { Api, problemOf } from "../support/api";
import { assemble, type Ensemble } from "../support/cast";
import { closeDatabase } from "../support/database";
import { endAllSessions } from "../support/lab";
import { expectNoLeaks } from "../support/leaks";
import { admin, forgetAttempts, login } from "../support/people";
import { type Operation, operations } from "../support/spec";

const callers = [
  "anonymous",
  "owner",
  "other user",
  "admin",
  "token",
  "admin's token",
  "revoked token",
  "expired token",
  "disabled user",
  "disabled user's token",
] as const;
type Caller = (typeof callers)[number];

const isForPeople = ({ access }: Row): boolean =>
  access === "public" || access === "user" || access === "interactive";
const takesTokens = ({ access }: Row): boolean => access === "public" || access === "user";

/** What the table declares for one caller. */
function declared(row: Row, caller: Caller): number {
  switch (caller) {
    case "revoked token":
    case "expired token":
    case "disabled user's token":
      return 401;
    case "anonymous":
    case "disabled user":
      return row.access === "public" ? row.ok : 401;
    case "token":
      return takesTokens(row) ? row.ok : 403;
    case "admin's token":
      return row.access === "admin" || takesTokens(row) ? (row.admin ?? row.ok) : 403;
    case "admin":
      return row.access === "monitor" ? 403 : (row.admin ?? row.ok);
    case "other user":
      return isForPeople(row) ? (row.other ?? row.ok) : 403;
    case "owner":
      return isForPeople(row) ? row.ok : 403;
  }
}

let cast: Ensemble;
let table: Record<string, Row>;
let spec: Operation[];

async function apiOf(caller: Caller, surface: Surface): Promise<Api> {
  switch (caller) {
    case "anonymous":
      return new Api(undefined, surface);
    case "owner":
      return login(cast.ana.username, cast.ana.password, surface);
    case "other user":
      return login(cast.eve.username, cast.eve.password, surface);
    case "admin":
      return admin(surface);
    case "disabled user":
      return surface === "internal" ? cast.disabledInside : cast.disabled.api;
    default:
      return new Api(cast.tokens[caller], surface);
  }
}

beforeAll(async () => {
  await endAllSessions();
  cast = await assemble();
  table = accessTable(cast);
  spec = await operations(new Api());
});

afterAll(async () => {
  await expectNoLeaks();
  await closeDatabase();
});

describe("who may call what", () => {
  test("the table names every procedure, and no other", () => {
    expect(Object.keys(table).sort()).toEqual(spec.map((operation) => operation.name).sort());
  });

  test("the specification tells callers the same", () => {
    const schemes: Record<Access, string[]> = {
      public: [],
      user: ["login", "token"],
      interactive: ["login"],
      admin: ["login", "token"],
      interactiveAdmin: ["login"],
      monitor: ["monitor"],
    };
    for (const { name, schemes: found } of spec) {
      const access = table[name]?.access;
      expect(access && schemes[access], name).toEqual(found);
    }
  });

  test.each(callers)("%s is answered as declared, everywhere", async (caller) => {
    const differing: string[] = [];
    const signedIn = new Map<Surface, Api>();
    for (const [name, row] of Object.entries(table)) {
      const [method = "", path = ""] = name.split(" ");
      const surface = surfaceAt(path);
      const api = signedIn.get(surface) ?? (await apiOf(caller, surface));
      signedIn.set(surface, api);
      await forgetAttempts();
      const target: Target = (await row.target?.()) ?? {};
      const answer = await api.send(method, pathOf(path, target.params), target.body);
      // It ended the login, or changed whose it is.
      if (answer.headers["set-cookie"]) signedIn.clear();
      const wanted = declared(row, caller);
      if (answer.status !== wanted)
        differing.push(`${name}: ${answer.status}, declared ${wanted}: ${answer.text}`);
      if (answer.status >= 400 && method !== "HEAD") problemOf(answer);
    }
    expect(differing).toEqual([]);
  });
});
