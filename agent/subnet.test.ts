import fc from "fast-check";
import { expect, it } from "vitest";
import { describeNetwork, overlaps } from "./subnet";

const cidr = fc.tuple(fc.nat({ max: 0xffffffff }), fc.integer({ min: 8, max: 29 })).map(([bits, length]) => {
  const masked = Number((BigInt(bits) >> BigInt(32 - length)) << BigInt(32 - length));
  const octets = [24, 16, 8, 0].map((shift) => Math.floor(masked / 2 ** shift) % 256);
  return `${octets.join(".")}/${length}`;
});

it("names the bridge after the subnet, within Linux's limit, and differently for each", () => {
  expect(describeNetwork("n", "172.30.0.0/24")).toEqual({
    name: "n",
    subnet: "172.30.0.0/24",
    gateway: "172.30.0.1",
    prefixLength: 24,
    bridge: "mfx-ac1e0000-24",
  });
  fc.assert(
    fc.property(cidr, cidr, (a, b) => {
      const [first, second] = [describeNetwork("n", a), describeNetwork("n", b)];
      expect(first.bridge.length).toBeLessThanOrEqual(15);
      expect(first.bridge === second.bridge).toBe(a === b);
      expect(overlaps(`${first.gateway}/32`, first.subnet)).toBe(true);
      expect(overlaps(a, b)).toBe(overlaps(b, a));
    }),
  );
});

it("refuses host bits and subnets too small for sessions", () => {
  expect(() => describeNetwork("n", "172.30.0.5/24")).toThrow("not usable");
  expect(() => describeNetwork("n", "172.30.0.0/30")).toThrow("not usable");
});
