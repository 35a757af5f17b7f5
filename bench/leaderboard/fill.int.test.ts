import { afterAll, beforeAll, expect, it } from "vitest";
import { createTestDatabase, type TestDatabase } from "@/db/testing";
import { listLeaderboard } from "@/lib/competitions/queries/leaderboard";
import { fill, reader, slug } from "./fill";

let test: TestDatabase;
beforeAll(async () => {
  test = await createTestDatabase();
});
afterAll(() => test.close());

it("fills a board that today's pages read: a place for each user, of their best", async () => {
  await fill(test.db, { users: 4, submissions: 20 });
  const board = await listLeaderboard(test.db, reader, "external", { slug, split: "public", limit: 50 });
  expect(board.data.map(({ rank }) => rank)).toEqual([1, 2, 3, 4]);
  expect(new Set(board.data.map(({ username }) => username)).size).toBe(4);
});
