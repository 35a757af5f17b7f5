import { expect, it } from "vitest";
import { fillingOf } from "./rules";

const gb = 1024 ** 3;

it.each([
  [0, null, [95, 80]],
  [74.9, null, [95, 80]],
  [75, null, [95]],
  [79.9, null, [95]],
  [80, 80, [95]],
  [89.9, 80, [95]],
  [90, 80, []],
  [95, 95, []],
  [120, 95, []],
])("at %d %% it has passed %s and left %j behind", (percent, passed, leftBehind) => {
  expect(fillingOf((percent / 100) * 50 * gb, 50)).toEqual({ passed, leftBehind });
});
