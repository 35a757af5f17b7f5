import { expect, it } from "vitest";
import { addressOf, auditFilterOf, choiceIn, noChoice, queryOf } from "./audit-choice";

it("leaves out what is empty, and takes days whole in the lab's zone", () => {
  expect(auditFilterOf(noChoice, "UTC")).toEqual({});
  const choice = { who: " ana ", action: "session", resource: "", from: "2026-11-24", to: "2026-11-25" };
  expect(auditFilterOf(choice, "America/New_York")).toEqual({
    who: "ana",
    action: "session",
    from: "2026-11-24T05:00:00.000Z",
    to: "2026-11-26T05:00:00.000Z",
  });
});

it("doesn't narrow by a year that is still being typed", () => {
  expect(auditFilterOf({ ...noChoice, from: "0002-11-25", to: "9999-12-31" }, "UTC")).toEqual({});
});

it("goes into the page's address and comes back from it", () => {
  const choice = { ...noChoice, who: "(system)", from: "2026-11-24" };
  expect(addressOf(noChoice)).toBe("/admin/audit");
  expect(addressOf(choice)).toBe("/admin/audit?who=%28system%29&from=2026-11-24");
  expect(choiceIn(new URLSearchParams(addressOf(choice).split("?")[1]))).toEqual(choice);
});

it("takes from an address only what it knows, no longer than the API takes it", () => {
  expect(choiceIn(new URLSearchParams(`x=1&who=${"a".repeat(99)}`))).toEqual({
    ...noChoice,
    who: "a".repeat(32),
  });
});

it("reads on the server what the browser reads in the same address, named twice or not at all", () => {
  const given = { who: ["ana", "bob"], action: undefined, resource: [], from: "2026-11-24" };
  const inBrowser = new URLSearchParams("who=ana&who=bob&from=2026-11-24");
  expect(choiceIn(queryOf(given))).toEqual(choiceIn(inBrowser));
  expect(choiceIn(inBrowser).who).toBe("ana");
});
