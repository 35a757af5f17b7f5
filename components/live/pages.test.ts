import { expect, it } from "vitest";
import { itemsOf } from "./pages";

it("shows a thing once that moved to the next page while pages were loaded", () => {
  const page = (...data: string[]) => ({ data, meta: { nextCursor: null } });
  expect(itemsOf([page("new", "b"), page("b", "c")], (item) => item)).toEqual(["new", "b", "c"]);
});
