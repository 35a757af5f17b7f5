import { expect, it } from "vitest";
import { chainsFor } from "./firewall";
import { describeNetwork } from "./subnet";

const network = describeNetwork("n", "172.30.0.0/24");
const from = `-i ${network.bridge}`;

it("ends the way to the host with a drop, whatever came before", () => {
  const [input] = chainsFor(network, ["10.0.0.2"]);
  expect(input?.parents).toEqual(["INPUT"]);
  expect(input?.rules.at(-1)).toBe(`-A ${input?.name} ${from} -j DROP`);
  expect(input?.name.length).toBeLessThanOrEqual(28);
});

it("opens private addresses for DNS at exactly the private resolvers", () => {
  const [, forward] = chainsFor(network, ["10.0.0.2", "1.1.1.1"]);
  const opened = forward?.rules.filter((rule) => rule.includes("--dport"));
  expect(opened).toEqual([
    `-A ${forward?.name} -d 10.0.0.2/32 ${from} -p udp -m udp --dport 53 -j RETURN`,
    `-A ${forward?.name} -d 10.0.0.2/32 ${from} -p tcp -m tcp --dport 53 -j RETURN`,
  ]);
  expect(forward?.rules).toContain(`-A ${forward?.name} -d 169.254.0.0/16 ${from} -j DROP`);
});
