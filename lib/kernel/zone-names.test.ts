import { describe, expect, test } from "vitest";
import { zoneSetting } from "./env/zone";
import { isZone, shiftsByWholeHours } from "./zone-names";

test("a zone is what Intl knows", () => {
  expect(["Europe/Berlin", "UTC", "Mars/Olympus"].map(isZone)).toEqual([true, true, false]);
});

describe("zones of weeks", () => {
  // Half an hour off UTC is no hindrance, changing clocks by half an hour is.
  test.each(["America/New_York", "Asia/Kolkata", "Asia/Kathmandu", "America/St_Johns", "Antarctica/Troll"])(
    "%s counts whole hours",
    (zone) => {
      expect(shiftsByWholeHours(zone)).toBe(true);
      expect(zoneSetting.parse(zone)).toBe(zone);
    },
  );

  test("Lord Howe, whose clocks change by half an hour, is refused where settings are read, and why", () => {
    expect(shiftsByWholeHours("Australia/Lord_Howe")).toBe(false);
    expect(zoneSetting.safeParse("Australia/Lord_Howe").error?.issues.map(({ message }) => message)).toEqual([
      "Its clocks change by less than an hour, so its weeks have no whole hours to sell. Choose another zone.",
    ]);
  });

  test("what is no zone is told so, once", () => {
    expect(zoneSetting.safeParse("Mars/Olympus").error?.issues.map(({ message }) => message)).toEqual([
      "Not an IANA time zone such as America/New_York.",
    ]);
  });
});
