import { afterAll, beforeAll, beforeEach, expect, it, vi } from "vitest";
import { createTestDatabase, type TestDatabase } from "@/db/testing";
import { testPassword } from "@/lib/auth/testing";
import { api } from "./client";
import { createApiHandler } from "./handler";
import { testServices, testUrl } from "./testing";

let test: TestDatabase;
beforeAll(async () => {
  test = await createTestDatabase();
});
beforeEach(() => {
  const handle = createApiHandler(testServices(test.db));
  // A browser's surroundings: the page's address, and a network with nothing but this handler behind it.
  vi.stubGlobal("window", { location: { origin: testUrl } });
  vi.stubGlobal("document", { documentElement: { dataset: { surface: "external" } } });
  vi.stubGlobal("fetch", (input: Request, init?: RequestInit) => handle(new Request(input, init)));
});
afterAll(() => test.close());

it("calls procedures by name over REST", async () => {
  expect(await api.health.call()).toMatchObject({ data: { status: "ok" }, meta: {} });
  const input = { username: "ada", email: "ada@example.org", password: testPassword };
  expect(await api.auth.register.call(input)).toMatchObject({ data: { username: "ada" } });
});

it("throws the problem that the API answered", async () => {
  const input = { username: "ada", email: "ada@example.org", password: "short" };
  await expect(api.auth.register.call(input)).rejects.toMatchObject({
    name: "ApiError",
    message: "password: At least 10 characters.",
    problem: { status: 400, errors: { password: "At least 10 characters." } },
  });
});
