import { expect, it } from "vitest";
import { readDockerForward } from "./firewall";

it.each([
  [
    "for every address, by an engine without its proxy as ours is",
    "-A DOCKER -p tcp -m tcp --dport 10017 -j DNAT --to-destination 172.30.0.9:22",
  ],
  [
    "for one address",
    "-A DOCKER -d 192.0.2.7/32 -p tcp -m tcp --dport 10017 -j DNAT --to-destination 172.30.0.9:22",
  ],
  [
    "by an engine with its proxy",
    "-A DOCKER ! -i mfx-ac1e0000-24 -p tcp -m tcp --dport 10017 -j DNAT --to-destination 172.30.0.9:22",
  ],
])("reads what Docker forwards %s", (_how, rule) => {
  expect(readDockerForward(rule)).toEqual({ port: 10_017, address: "172.30.0.9" });
});

it("reads nothing from Docker's other rules", () => {
  expect(readDockerForward("-A DOCKER -i mfx-ac1e0000-24 -j RETURN")).toBeNull();
});
