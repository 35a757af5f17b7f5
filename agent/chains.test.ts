import { expect, it } from "vitest";
import { type Chain, chainsFor } from "./chains";
import { describeNetworks } from "./subnet";

const networks = describeNetworks("172.30.0.0/24", "172.30.1.0/24");
const forwardUid = 998;
const from = `-i ${networks.external.bridge}`;
const find = (chains: readonly Chain[], program: Chain["program"], name: string) =>
  chains.find((chain) => chain.program === program && chain.name === name);

it("ends the way to the host with a drop, whatever came before", () => {
  const chains = chainsFor(networks, ["10.0.0.2"], forwardUid);
  for (const { bridge } of Object.values(networks)) {
    const input = find(chains, "iptables", `MF-IN-${bridge}`);
    expect(input?.parents).toEqual(["INPUT"]);
    expect(input?.rules.at(-1)).toBe(`-A ${input?.name} -i ${bridge} -j DROP`);
  }
  for (const { name } of chains) expect(name.length).toBeLessThanOrEqual(28);
});

it("opens private addresses for DNS at exactly the private resolvers", () => {
  const chains = chainsFor(networks, ["10.0.0.2", "1.1.1.1"], forwardUid);
  const forward = find(chains, "iptables", `MF-FW-${networks.external.bridge}`);
  const opened = forward?.rules.filter((rule) => rule.includes("--dport"));
  expect(opened).toEqual([
    `-A ${forward?.name} -d 10.0.0.2/32 ${from} -p udp -m udp --dport 53 -j RETURN`,
    `-A ${forward?.name} -d 10.0.0.2/32 ${from} -p tcp -m tcp --dport 53 -j RETURN`,
  ]);
  expect(forward?.rules).toContain(`-A ${forward?.name} -d 169.254.0.0/16 ${from} -j DROP`);
});

it("lets nothing out of an internal network or into it, resolvers included", () => {
  const { bridge } = networks.internal;
  const chains = chainsFor(networks, ["10.0.0.2"], forwardUid).filter(({ name }) => name.endsWith(bridge));
  const verdicts = new Map(
    chains.map(({ program, name, rules }) => [
      `${program} ${name}`,
      rules.map((rule) => rule.split(" -j ")[1]),
    ]),
  );
  expect(Object.fromEntries(verdicts)).toEqual({
    [`iptables MF-IN-${bridge}`]: ["DROP", "RETURN", "DROP"],
    [`iptables MF-FW-${bridge}`]: ["DROP"],
    [`iptables MF-TO-${bridge}`]: ["DROP"],
    [`ip6tables MF-IN-${bridge}`]: ["DROP"],
    [`ip6tables MF-FW-${bridge}`]: ["DROP"],
    [`ip6tables MF-TO-${bridge}`]: ["DROP"],
  });
});
