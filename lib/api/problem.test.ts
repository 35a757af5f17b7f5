import { ORPCError, ValidationError } from "@orpc/contract";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { AppError, conflictKinds, errorCodes } from "@/lib/kernel/errors";
import { toProblem } from "./problem";
import { problemBody } from "./problem-body";

const requestId = "req_0123";

async function invalidInput(schema: z.ZodType, input: unknown): Promise<ORPCError<string, unknown>> {
  const result = await schema["~standard"].validate(input);
  const issues = result.issues ?? [];
  const cause = new ValidationError({ message: "no", issues, data: input });
  return new ORPCError("BAD_REQUEST", { data: { issues }, cause });
}

describe("toProblem", () => {
  it("maps every code of the domains to its status", () => {
    const statuses = errorCodes.map((code) => [
      code,
      toProblem(new AppError(code, "x"), requestId).body.status,
    ]);
    expect(Object.fromEntries(statuses)).toEqual({
      invalid: 400,
      unauthenticated: 401,
      forbidden: 403,
      not_found: 404,
      conflict: 409,
      insufficient_funds: 409,
      too_many: 429,
      too_large: 413,
      unavailable: 503,
    });
  });

  it("says that the database is away or full, without a word of its own", () => {
    const outages = [
      Object.assign(new Error("connect ENOENT /run/db.sock"), { code: "ENOENT", syscall: "connect" }),
      Object.assign(new Error("Connection lost"), { code: "PROTOCOL_CONNECTION_LOST" }),
      new Error("Can't add new command when connection is in closed state"),
      Object.assign(new Error("The table 'users' is full"), { errno: 1114 }),
      Object.assign(new Error('Error writing file (Errcode: 28 "No space")'), { errno: 1030 }),
    ];
    const problems = outages.map((cause) =>
      toProblem(new Error("Failed query: insert", { cause }), requestId),
    );
    expect(problems.map(({ body }) => body.status)).toEqual([503, 503, 503, 503, 503]);
    expect(problems.map(({ headers }) => headers["retry-after"])).toEqual(["5", "5", "5", "5", "5"]);
    expect(problems.map(({ body }) => /disk is full/.test(body.detail))).toEqual([
      false,
      false,
      false,
      true,
      true,
    ]);
    for (const { body, unexpected } of problems) {
      expect(JSON.stringify(body)).not.toMatch(/insert|users|sock/);
      expect(unexpected).toBe(true);
    }
    const missingFile = Object.assign(new Error("open ENOENT"), { code: "ENOENT", syscall: "open" });
    expect(toProblem(missingFile, requestId).body.status).toBe(500);
  });

  it("gives the error's text, fields and waiting time, and never its cause", () => {
    const error = new AppError("too_many", "Too many attempts.", {
      fields: { login: "Wait." },
      retryAfterSeconds: 12.2,
      cause: new Error("SELECT secret FROM users"),
    });
    const { body, headers, unexpected } = toProblem(error, requestId);
    expect(problemBody.parse(body)).toEqual({
      type: "urn:medforge:problem:too_many",
      title: "Too many requests",
      status: 429,
      detail: "Too many attempts.",
      instance: requestId,
      errors: { login: "Wait." },
    });
    expect(headers["retry-after"]).toBe("13");
    expect(unexpected).toBe(false);
  });

  it.each(conflictKinds)("gives the conflict %s a title of its own, and keeps the type", (conflict) => {
    const { body } = toProblem(new AppError("conflict", "x", { conflict }), requestId);
    expect(body).toMatchObject({ status: 409, type: "urn:medforge:problem:conflict" });
    expect(body.title).not.toBe(toProblem(new AppError("conflict", "x"), requestId).body.title);
  });

  it("says in words of its own what a schema wants", async () => {
    const schema = z.strictObject({ minutes: z.number().int().min(1).max(64) });
    const { body } = toProblem(await invalidInput(schema, { minutes: 65 }), requestId);
    expect(body.detail).toBe("minutes: A whole number between 1 and 64.");
  });

  it("names each invalid field once, by its path", async () => {
    const schema = z.strictObject({
      name: z.string().min(3, "At least 3 characters.").regex(/^a/, "Start with a."),
      ports: z.array(z.number()),
      missing: z.string(),
    });
    const { body } = toProblem(
      await invalidInput(schema, { name: "x", ports: [1, "b"], more: 1 }),
      requestId,
    );
    expect(body).toMatchObject({ status: 400, type: "urn:medforge:problem:invalid" });
    expect(body.errors).toMatchObject({ name: "At least 3 characters.", missing: "Required." });
    expect(Object.keys(body.errors ?? {}).sort()).toEqual(["missing", "more", "name", "ports.1"]);
    expect(body.detail).toContain("name: At least 3 characters.");
  });

  it("names each field that there isn't, wherever it is and whatever it is called", async () => {
    const schema = z.strictObject({ limits: z.strictObject({}) });
    const input: unknown = JSON.parse('{"limits":{"gpus":1},"__proto__":1,"constructor":2,"quota":3}');
    const { body } = toProblem(await invalidInput(schema, input), requestId);
    const none = "There is no such field.";
    const named = ["limits.gpus", "__proto__", "constructor", "quota"].map((field) => [field, none]);
    expect(Object.entries(body.errors ?? {}).sort()).toEqual(named.sort());
    expect(body.detail).toContain("quota: There is no such field.");
  });

  it.each([
    ["a bug", new TypeError("Cannot read properties of undefined (reading 'passwordHash')")],
    ["a database error", Object.assign(new Error("Access denied for user 'medforge'"), { errno: 1045 })],
    ["output that breaks its schema", new ORPCError("INTERNAL_SERVER_ERROR", { message: "passwordHash" })],
    ["something that is no error", "passwordHash"],
  ])("says nothing of %s but the request id", (_what, error) => {
    const { body, unexpected } = toProblem(error, requestId);
    expect(body.status).toBe(500);
    expect(unexpected).toBe(true);
    expect(body.detail).toContain(requestId);
    expect(JSON.stringify(body)).not.toMatch(/passwordHash|medforge'|Cannot read/);
  });

  it("tells how to authenticate on 401", () => {
    expect(toProblem(new AppError("unauthenticated", "x"), requestId).headers).toEqual({
      "www-authenticate": "Bearer",
    });
  });
});
