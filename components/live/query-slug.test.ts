import { expect, it } from "vitest";
import { api } from "@/lib/api/client";
import { slugIn } from "./query-slug";

it("finds the slug in the keys that queries are kept by, pages of a list among them", () => {
  const slug = "fine-needle";
  expect(slugIn(api.competitions.get.queryOptions({ input: { slug } }).queryKey)).toBe(slug);
  const board = api.competitions.leaderboard.infiniteOptions({
    input: (cursor: string | undefined) => ({ slug, split: "public", cursor }),
    initialPageParam: undefined,
    getNextPageParam: () => undefined,
  });
  expect(slugIn(board.queryKey)).toBe(slug);
  const list = api.competitions.list.queryOptions({ input: {} });
  expect([slugIn(list.queryKey), slugIn(api.competitions.key())]).toEqual([null, null]);
});
