import { describe, expect, it } from "vitest";
import { size } from "./size";

describe("size", () => {
  it.each([
    [0, "0 B"],
    [999, "999 B"],
    [1_000, "0.98 kB"],
    [1_023_900, "0.98 MB"],
    [50 * 1024 ** 2, "50 MB"],
    [1.2 * 1024 ** 3, "1.20 GB"],
    [50 * 1024 ** 3, "50 GB"],
    [500 * 1024 ** 3, "500 GB"],
    [2_048 * 1024 ** 4, "2048 TB"],
  ])("%d is %s", (bytes, text) => expect(size(bytes)).toBe(text));
});
