import { expect, it } from "vitest";
import { auditFilterOf, noChoice } from "./audit-choice";

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
