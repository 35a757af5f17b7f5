import { describe, expect, it } from "vitest";
import { exactBytes, quotaUse } from "./size";

it("exactBytes groups digits", () => expect(exactBytes(1_288_490_188)).toBe("1 288 490 188 bytes"));

describe("quotaUse", () => {
  it("is unknown before the first measurement", () => expect(quotaUse(null, 50)).toBeNull());
  it("reads a full workspace as full", () => {
    expect(quotaUse(50 * 1024 ** 3, 50)).toEqual({
      percent: 100,
      level: "urgent",
      text: "50 GB of 50 GB",
    });
  });
  it("stays within the bar when over", () => expect(quotaUse(60 * 1024 ** 3, 50)?.percent).toBe(100));
  it("warns from 80 and from 95 % on", () => {
    const level = (share: number) => quotaUse(share * 1024 ** 3, 1)?.level;
    expect([0.79, 0.8, 0.94, 0.95].map(level)).toEqual(["fine", "high", "high", "urgent"]);
  });
});
