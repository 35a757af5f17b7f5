import { expect, it } from "vitest";
import { pagesAhead, pagesAround } from "./days";

it("pages as far ahead as hours can be booked, with one day on both sides of each turn", () => {
  expect(pagesAhead("2026-12-28", 14)).toEqual(["2026-12-28", "2027-01-03", "2027-01-05"]);
  expect(pagesAhead("2026-12-05", 6)).toEqual(["2026-12-05"]);
  expect(pagesAhead("2026-12-05", 1)).toEqual(["2026-12-05"]);
  expect(pagesAhead("2026-12-05", 7)).toEqual(["2026-12-05", "2026-12-06"]);
});

it("leads to the pages around the one that is shown, and from yesterday's to today's", () => {
  const pages = pagesAhead("2026-12-05", 14);
  expect(pagesAround(pages, "2026-12-05")).toEqual({ earlier: null, later: "2026-12-11" });
  expect(pagesAround(pages, "2026-12-11")).toEqual({ earlier: "2026-12-05", later: "2026-12-13" });
  expect(pagesAround(pages, "2026-12-13")).toEqual({ earlier: "2026-12-11", later: null });
  expect(pagesAround(pages, "2026-12-01").later).toBe("2026-12-05");
});
