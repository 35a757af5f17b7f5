import { expect, it } from "vitest";
import type { AdminWeekView } from "@/lib/schedule/model";
import { closingText } from "./closing-text";

const zone = "America/New_York";
const now = Date.parse("2026-12-01T02:00:00Z");
const week: AdminWeekView = {
  week: "2026-12-05",
  startsAt: "2026-12-05T05:00:00.000Z",
  endsAt: "2026-12-12T05:00:00.000Z",
  closesAt: "2026-12-05T05:00:00.000Z",
  status: "open",
  turnedAt: null,
  slots: 24,
  people: 2,
  credits: "31",
};

it("says how early it is, who wins what, and what everybody loses", () => {
  expect(closingText({ week, turned: null, rolloverPercent: 40, now, zone })).toEqual([
    "Bidding would close in 4 d, on Sat 5 Dec 00:00 EST, as everybody was told.",
    "2 people lead 24 hours: they win them at once and pay 31 credits.",
    "Of the credits that everybody has and that are not held for bids or reservations 60 % lapse at once. Then everybody's weekly budget is added, as at any turn.",
    "Bidding on the week after opens. Closing can't be taken back.",
  ]);
});

it("says of the week behind one that was closed early that everybody loses once more", () => {
  const turned = { ...week, status: "executing", turnedAt: "2026-12-01T01:57:00.000Z" } as const;
  const next = { ...week, week: "2026-12-12", closesAt: "2026-12-12T05:00:00.000Z", slots: 0, people: 0 };
  const text = closingText({ week: next, turned, rolloverPercent: 50, now, zone });
  expect(text).toContain("Nobody leads an hour of it.");
  expect(text).toContain(
    "The week of 2026-12-05, which has not begun, was turned 3 min ago: the same part lapsed and weekly budgets were added then, and both happen once more with this one.",
  );
  const justNow = { ...turned, turnedAt: "2026-12-01T01:59:59.000Z" };
  expect(closingText({ week: next, turned: justNow, rolloverPercent: 50, now, zone })[3]).toMatch(
    /was turned just now: /,
  );
});

it("speaks of no loss where nothing lapses", () => {
  const turned = { ...week, turnedAt: "2026-12-01T01:57:00.000Z" };
  const next = { ...week, week: "2026-12-12" };
  const text = closingText({ week: next, turned, rolloverPercent: 100, now, zone });
  expect(text).toContain(
    "The week of 2026-12-05, which has not begun, was turned 3 min ago: weekly budgets were added then, and are once more with this one.",
  );
  expect(text.join(" ")).not.toMatch(/laps|lost/);
});

it("says of bidding that has closed already that only its turn is still to come", () => {
  const late = Date.parse("2026-12-05T05:03:00Z");
  expect(closingText({ week, turned: null, rolloverPercent: 50, now: late, zone })[0]).toBe(
    "Bidding closed 3 min ago, on Sat 5 Dec 00:00 EST, as everybody was told: only the turn is still to come.",
  );
});
