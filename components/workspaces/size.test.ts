import { describe, expect, it } from "vitest";
import { exactBytes, quotaUse, size } from "./size";

describe("size", () => {
  it.each([
    [0, "0 B"],
    [999, "999 B"],
    [1_000, "0.98 kB"],
    [1_023_900, "0.98 MB"],
    [50 * 1024 ** 2, "50.0 MB"],
    [1.2 * 1024 ** 3, "1.20 GB"],
    [50 * 1024 ** 3, "50.0 GB"],
    [500 * 1024 ** 3, "500 GB"],
    [2_048 * 1024 ** 4, "2048 TB"],
  ])("%d is %s", (bytes, text) => expect(size(bytes)).toBe(text));
});

it("exactBytes groups digits", () => expect(exactBytes(1_288_490_188)).toBe("1 288 490 188 bytes"));

describe("quotaUse", () => {
  it("is unknown before the first measurement", () => expect(quotaUse(null, 50)).toBeNull());
  it("reads a full workspace as full", () => {
    expect(quotaUse(50 * 1024 ** 3, 50)).toEqual({
      percent: 100,
      level: "full",
      text: "50.0 GB of 50 GB",
    });
  });
  it("stays within the bar when over", () => expect(quotaUse(60 * 1024 ** 3, 50)?.percent).toBe(100));
  it("warns from 80 and from 95 % on", () => {
    const level = (share: number) => quotaUse(share * 1024 ** 3, 1)?.level;
    expect([0.79, 0.8, 0.94, 0.95].map(level)).toEqual(["fine", "high", "high", "full"]);
  });
});
