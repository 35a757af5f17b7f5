import { expect, it } from "vitest";
import { changedNumbers } from "./draft";

const values = { sessions: 2, hours: 12.5, disk: null };

it("sends what differs from what is there now, and nothing else", () => {
  expect(changedNumbers({}, values)).toEqual({});
  expect(changedNumbers({ sessions: "3", hours: "12.50", disk: " " }, values)).toEqual({ sessions: 3 });
  expect(changedNumbers({ hours: "", disk: "100" }, values)).toEqual({ hours: null, disk: 100 });
});
