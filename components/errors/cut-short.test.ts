import { expect, it } from "vitest";
import { cutShort, pauseBefore } from "./cut-short";

const chunkError = Object.assign(new Error("Failed to load chunk /_next/static/chunks/1.js"), {
  name: "ChunkLoadError",
});

it.each([
  [chunkError, "code"],
  [new TypeError("Failed to fetch"), "connection"],
  [new TypeError("network error"), "connection"],
  [new TypeError("NetworkError when attempting to fetch resource."), "connection"],
  [new Error("Connection closed."), "connection"],
  [new TypeError("Cannot read properties of undefined (reading 'data')"), null],
  [new TypeError("Failed to execute 'fetch' on 'Window'"), null],
  [Object.assign(new Error("Connection closed."), { digest: "req_1" }), null],
  ["Failed to fetch", null],
])("%s is %s", (error, kind) => {
  expect(cutShort(error)).toBe(kind);
});

it("tries a few times, each after a longer pause, and then no more", () => {
  const pauses = [0, 1, 2, 3].map(pauseBefore);
  expect(pauses).toEqual([...pauses].sort((a, b) => (a ?? 0) - (b ?? 0)));
  expect(pauses).not.toContain(null);
  expect(pauseBefore(4)).toBeNull();
});
