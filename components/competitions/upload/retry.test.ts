import { expect, it } from "vitest";
import { type Failure, pauseBeforeNext, secondsIn } from "./retry";

const failed = (status: number, over: Partial<Failure> = {}): Failure => ({
  method: "PATCH",
  status,
  retryAfterSeconds: null,
  ...over,
});

it("goes on without end where there is no answer, at longer and longer intervals", () => {
  expect([0, 1, 2, 3, 4, 5, 500].map((tries) => pauseBeforeNext(failed(0), tries))).toEqual([
    0, 1_000, 2_000, 4_000, 8_000, 8_000, 8_000,
  ]);
});

it("takes a refusal for one, whatever its status", () => {
  for (const status of [400, 401, 403, 404, 409, 413, 429]) {
    expect(pauseBeforeNext(failed(status), 0)).toBeNull();
    expect(pauseBeforeNext(failed(status, { method: "POST", retryAfterSeconds: 1 }), 0)).toBeNull();
  }
});

it("tries again after as long as the lab says, unless that is long", () => {
  expect(pauseBeforeNext(failed(409, { retryAfterSeconds: 1 }), 0)).toBe(1_000);
  expect(pauseBeforeNext(failed(429, { retryAfterSeconds: 30 }), 0)).toBe(30_000);
  expect(pauseBeforeNext(failed(429, { retryAfterSeconds: 3_000 }), 0)).toBeNull();
  // The lab restarts, or its database does.
  expect(pauseBeforeNext(failed(503, { method: "POST", retryAfterSeconds: 5 }), 100)).toBe(8_000);
});

it("shows a failure of the lab's after some tries", () => {
  expect([0, 1, 2, 3].map((tries) => pauseBeforeNext(failed(500), tries))).toEqual([0, 1_000, 2_000, null]);
  expect(pauseBeforeNext(failed(503, { method: "POST" }), 3)).toBeNull();
});

it("reads a wait in seconds, and none where nothing is said", () => {
  expect([null, undefined, "", "0", "5", "Mon, 30 Nov 2026 14:00:00 GMT"].map(secondsIn)).toEqual([
    null,
    null,
    null,
    0,
    5,
    null,
  ]);
});
