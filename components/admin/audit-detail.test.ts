import { expect, it } from "vitest";
import { detailLines, detailText } from "./audit-detail";

const entry = {
  id: 7,
  at: "2026-11-25T12:00:00.000Z",
  who: "boss",
  action: "user.update",
  resource: "usr_aaaaaaaaaaaaaaaa",
  resourceName: "ana",
  requestId: null,
  detail: { maxDiskGb: { from: 100, to: null }, why: "more data", tags: ["a"] },
};

it("puts a detail into a line, changes as from and to", () => {
  expect(detailText(entry)).toBe('maxDiskGb: 100 → null, why: more data, tags: ["a"]');
});

it("lists all of an entry, leaving out the ids that it hasn't", () => {
  expect(detailLines(entry, "America/New_York")).toEqual([
    ["maxDiskGb", "100 → null"],
    ["why", "more data"],
    ["tags", '["a"]'],
    ["Its id", "usr_aaaaaaaaaaaaaaaa"],
    ["At", "2026-11-25 07:00:00 EST (America/New_York)"],
  ]);
});
