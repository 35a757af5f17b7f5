import { expect, test } from "vitest";
import { type GpuHour, stretchesOf } from "./stretches";

const hour = (gpuId: string, at: number): GpuHour => ({
  gpuId,
  startsAt: new Date(Date.UTC(2026, 11, 5, 5 + at)),
});

test("hours side by side are one stretch, of each GPU by itself", () => {
  const hours = [hour("gpu_b", 4), hour("gpu_a", 1), hour("gpu_a", 0), hour("gpu_a", 3)];
  expect(stretchesOf(hours)).toEqual({
    hours: {
      gpu_b: ["2026-12-05T09:00Z/2026-12-05T10:00Z"],
      gpu_a: ["2026-12-05T05:00Z/2026-12-05T07:00Z", "2026-12-05T08:00Z/2026-12-05T09:00Z"],
    },
    unlisted: 0,
  });
  expect(stretchesOf([])).toEqual({ hours: {}, unlisted: 0 });
});

test("every other hour of a week of many GPUs is bounded, names each GPU and counts what it leaves out", () => {
  for (const gpus of [1, 32, 300]) {
    const hours = Array.from({ length: gpus * 84 }, (_, n) =>
      hour(`gpu_${n % gpus}`, 2 * Math.floor(n / gpus)),
    );
    const { hours: listed, unlisted } = stretchesOf(hours);
    const each = Object.values(listed);
    expect(each).toHaveLength(gpus);
    const stretches = each.flat().length;
    expect(stretches).toBeLessThanOrEqual(Math.max(200, gpus));
    expect(stretches + unlisted).toBe(hours.length);
    expect(JSON.stringify(listed).length).toBeLessThan(20_000);
  }
});
