import { expect, it } from "vitest";
import { allDone } from "./all-done";

it("fails only when the others have ended, and otherwise gives every result in its place", async () => {
  let ended = false;
  const slow = new Promise<void>((resolve) => setImmediate(resolve)).then(() => {
    ended = true;
  });
  await expect(allDone([Promise.reject(new Error("first")), slow])).rejects.toThrow("first");
  expect(ended).toBe(true);
  expect(await allDone([Promise.resolve(1), Promise.resolve("two")])).toEqual([1, "two"]);
});
