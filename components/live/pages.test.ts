import { expect, it } from "vitest";
import { fallbackRefetchMs, itemsOf, listRefetchMs } from "./pages";

it("shows a thing once that moved to the next page while pages were loaded", () => {
  const page = (...data: string[]) => ({ data, meta: { nextCursor: null } });
  expect(itemsOf([page("new", "b"), page("b", "c")], (item) => item)).toEqual(["new", "b", "c"]);
});

it.each([
  ["one page", 1, true, false, fallbackRefetchMs],
  ["several, of whose changes the stream tells", 3, true, false, false],
  ["several, of whose changes it tells but some", 3, true, 60_000, 60_000],
  ["several, without the stream", 3, false, 60_000, fallbackRefetchMs],
] as const)("how often %s are asked for anew", (_what, pages, live, untoldMs, expected) => {
  expect(listRefetchMs(pages, live, untoldMs)).toBe(expected);
});
