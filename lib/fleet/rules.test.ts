import { describe, expect, it } from "vitest";
import { inService, outOfServiceTexts, runEnd } from "./rules";

const held = {
  mode: "on-demand",
  heldUntil: null,
  state: "available",
  free: false,
  holder: { username: "ana", slug: null, until: null },
} as const;

it.each([
  ["a free one", { ...held, free: true, holder: null }, true],
  ["a held one", held, true],
  ["a held one of a host that does not answer", { ...held, silent: true as const }, false],
  ["one that nobody holds and nobody can have", { ...held, holder: null }, false],
  ["a held one whose hours are auctioned", { ...held, mode: "auction" as const }, false],
  [
    "one whose hour its reader holds",
    { ...held, mode: "auction" as const, heldUntil: "2026-12-05T06:00:00.000Z" },
    true,
  ],
  ["a held one that is being drained", { ...held, state: "draining" as const }, false],
])("inService of %s", (_what, gpu, expected) => {
  expect(inService(gpu)).toBe(expected);
});

it("hours that follow each other end together, at the first gap", () => {
  const hour = (n: number) => new Date(Date.UTC(2026, 11, 5, n));
  const at = new Date(Date.UTC(2026, 11, 5, 3, 59, 59));
  expect(runEnd([3, 4, 5, 7].map(hour), at)).toEqual(hour(6));
  expect(runEnd([3, 5].map(hour), at)).toEqual(hour(4));
  expect(runEnd([hour(3)], hour(3))).toEqual(hour(4));
  expect(runEnd([4, 5].map(hour), at)).toBeNull();
  expect(runEnd([], at)).toBeNull();
});

const gpu = (index: number, state: "available" | "draining" | "disabled", stateReason: string | null) => ({
  index,
  node: "atlas",
  state,
  stateReason,
});

describe("outOfServiceTexts", () => {
  it("says nothing of what is in service", () => {
    expect(outOfServiceTexts([gpu(0, "available", null)])).toEqual([]);
  });
  it("gives the admin's reason as a sentence", () => {
    expect(outOfServiceTexts([gpu(1, "draining", "driver update on Friday. ")])).toEqual([
      "GPU 1 is draining: driver update on Friday.",
    ]);
    expect(outOfServiceTexts([gpu(1, "disabled", null)])).toEqual(["GPU 1 is disabled."]);
  });
  it("puts those together that share a reason, in order", () => {
    const out = [
      gpu(3, "draining", "new fans"),
      gpu(0, "draining", "new fans"),
      gpu(1, "draining", "new fans"),
    ];
    expect(outOfServiceTexts(out)).toEqual(["GPUs 0, 1 and 3 are draining: new fans."]);
  });
  it("names the host where there are several", () => {
    const out = [gpu(0, "disabled", "broken"), { ...gpu(0, "available", null), node: "borea" }];
    expect(outOfServiceTexts(out)).toEqual(["GPU 0 on atlas is disabled: broken."]);
  });
  it("stays short", () => {
    const out = [0, 1, 2, 3, 4].map((index) => gpu(index, "disabled", `reason ${index}`));
    expect(outOfServiceTexts(out)).toEqual([
      "GPU 0 is disabled: reason 0.",
      "GPU 1 is disabled: reason 1.",
      "GPU 2 is disabled: reason 2.",
      "Others are out of service too.",
    ]);
  });
});
