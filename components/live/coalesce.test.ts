import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { coalesce } from "./coalesce";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** A `coalesce` whose rounds end when the test says so. */
function rounds() {
  const begun: string[][] = [];
  const ends: (() => void)[] = [];
  const { add, stop } = coalesce<string>((items) => {
    begun.push([...items]);
    return new Promise<void>((resolve) => ends.push(resolve));
  }, 250);
  return { add, stop, begun, end: async () => ends.shift()?.() };
}

it("lets the first pass at once and gathers the rest of the burst", async () => {
  const { add, begun, end } = rounds();
  add("sessions");
  await vi.advanceTimersByTimeAsync(0);
  expect(begun).toEqual([["sessions"]]);
  await end();
  for (const topic of ["gpus", "sessions", "gpus"]) add(topic);
  await vi.advanceTimersByTimeAsync(249);
  expect(begun).toHaveLength(1);
  await vi.advanceTimersByTimeAsync(1);
  expect(begun).toEqual([["sessions"], ["gpus", "sessions"]]);
});

it("waits for a slow round, then has one more for all that came meanwhile", async () => {
  const { add, begun, end } = rounds();
  add("a");
  await vi.advanceTimersByTimeAsync(0);
  for (let i = 0; i < 100; i++) add(`b${i % 2}`);
  await vi.advanceTimersByTimeAsync(10_000);
  expect(begun).toHaveLength(1);
  await end();
  await vi.advanceTimersByTimeAsync(0);
  expect(begun).toEqual([["a"], ["b0", "b1"]]);
});

it("drops what waits when it is stopped", async () => {
  const { add, stop, begun } = rounds();
  add("a");
  stop();
  await vi.advanceTimersByTimeAsync(1_000);
  expect(begun).toEqual([]);
});
