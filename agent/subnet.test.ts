import fc from "fast-check";
import { expect, it } from "vitest";
import { describeNetwork, describeNetworks, overlaps } from "./subnet";

const cidr = fc.tuple(fc.nat({ max: 0xffffffff }), fc.integer({ min: 8, max: 29 })).map(([bits, length]) => {
  const masked = Number((BigInt(bits) >> BigInt(32 - length)) << BigInt(32 - length));
  const octets = [24, 16, 8, 0].map((shift) => Math.floor(masked / 2 ** shift) % 256);
  return `${octets.join(".")}/${length}`;
});

it("names the bridge after the subnet, within Linux's limit, and differently for each", () => {
  expect(describeNetwork("external", "172.30.0.0/24")).toEqual({
    exposure: "external",
    name: "medforge-external-sessions",
    subnet: "172.30.0.0/24",
    gateway: "172.30.0.1",
    prefixLength: 24,
    bridge: "mfx-ac1e0000-24",
  });
  fc.assert(
    fc.property(cidr, cidr, (a, b) => {
      const [first, second] = [describeNetwork("internal", a), describeNetwork("internal", b)];
      expect(first.bridge.length).toBeLessThanOrEqual(15);
      expect(first.bridge === second.bridge).toBe(a === b);
      expect(overlaps(`${first.gateway}/32`, first.subnet)).toBe(true);
      expect(overlaps(a, b)).toBe(overlaps(b, a));
    }),
  );
});

it("refuses host bits and subnets too small for sessions", () => {
  expect(() => describeNetwork("internal", "172.30.0.5/24")).toThrow("not usable");
  expect(() => describeNetwork("internal", "172.30.0.0/30")).toThrow("not usable");
});

it("keeps the two networks apart, by bridge and by address", () => {
  const { external, internal } = describeNetworks("172.30.0.0/24", "172.30.1.0/24");
  expect([external.bridge, internal.bridge]).toEqual(["mfx-ac1e0000-24", "mfi-ac1e0100-24"]);
  expect(() => describeNetworks("172.30.0.0/16", "172.30.1.0/24")).toThrow("overlap");
});
