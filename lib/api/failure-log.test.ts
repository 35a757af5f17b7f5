import { DrizzleQueryError } from "drizzle-orm/errors";
import pino from "pino";
import { expect, it } from "vitest";
import { AppError } from "@/lib/kernel/errors";
import { logFailure } from "./failure-log";

const secret = "$argon2id$v=19$secret";
const failedQuery = () =>
  new DrizzleQueryError("insert into users values (?)", [secret], new Error("Lost connection"));

/** Drizzle's error as another of Next's bundles throws it. */
class ForeignQueryError extends Error {
  readonly query = "insert into users values (?)";
  readonly params = [secret];
  constructor() {
    super(`Failed query: insert into users values (?)\nparams: ${secret}`, {
      cause: new Error("Lost connection"),
    });
  }
}

function logged(error: unknown): string {
  let text = "";
  logFailure(pino({}, { write: (line) => (text += line) }), error, "req_1");
  return text;
}

it.each([
  ["Drizzle's", failedQuery()],
  ["another bundle's", new ForeignQueryError()],
  ["a wrapped one", new AppError("unavailable", "Not now.", { cause: failedQuery() })],
])("keeps the parameters of %s failed query out of the log", (_whose, error) => {
  const text = logged(error);
  expect(text).not.toContain(secret);
  expect(JSON.parse(text)).toMatchObject({
    requestId: "req_1",
    query: "insert into users values (?)",
    reason: "Lost connection",
  });
});

it("logs anything else with its cause", () => {
  expect(logged(new Error("no such page"))).toContain("no such page");
});
