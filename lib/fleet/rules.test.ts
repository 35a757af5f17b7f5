import { expect, it } from "vitest";
import { inService } from "./rules";

const held = {
  state: "available",
  free: false,
  holder: { username: "ana", slug: null, until: null },
} as const;

it.each([
  ["a free one", { ...held, free: true, holder: null }, true],
  ["a held one", held, true],
  ["a held one of a host that does not answer", { ...held, silent: true as const }, false],
  ["one that nobody holds and nobody can have", { ...held, holder: null }, false],
  ["a held one that is being drained", { ...held, state: "draining" as const }, false],
])("inService of %s", (_what, gpu, expected) => {
  expect(inService(gpu)).toBe(expected);
});
