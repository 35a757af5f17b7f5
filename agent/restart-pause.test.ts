import { expect, it } from "vitest";
import { pauseAfter } from "./restart-pause";

const minute = 60_000;
const day = 24 * 60 * minute;

it("restarts the engine ever more seldom while its rules go again and again", () => {
  let pause = 0;
  const pauses = Array.from({ length: 10 }, () => {
    // Missing again within the half minute after each pause.
    pause = pauseAfter(pause, minute / 2);
    return pause / minute;
  });
  expect(pauses).toEqual([10, 20, 40, 80, 160, 320, 640, 1280, 1440, 1440]);
  expect(pauseAfter(pause, 2 * day)).toBe(10 * minute);
});
