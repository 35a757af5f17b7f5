import { expect, it } from "vitest";
import { verdictOf } from "./verdict";

const away = { isLoopback: false, isRouted: true };
const near = { isLoopback: false, isRouted: false };
const loopback = { isLoopback: true, isRouted: false };

it.each([
  ["connected", away, "reached"],
  ["answered", loopback, "reached"],
  ["timed_out", away, "refused"],
  // The fence never rejects: whoever refuses has been reached.
  ["ECONNREFUSED", away, "reached"],
  ["ECONNREFUSED", near, "reached"],
  ["ECONNREFUSED", loopback, "refused"],
  // A router answered, so the packet had left.
  ["EHOSTUNREACH", away, "reached"],
  ["ENETUNREACH", away, "reached"],
  ["ENETUNREACH", near, "refused"],
  ["EHOSTUNREACH", near, "refused"],
  ["EACCES", loopback, "refused"],
  ["EADDRNOTAVAIL", near, "refused"],
] as const)("%s counts as it should", (code, way, outcome) => {
  expect(verdictOf(code, way).outcome).toBe(outcome);
});

it("proves nothing by an error of the program's own", () => {
  expect(() => verdictOf("EMFILE", near)).toThrow("proves nothing");
});
