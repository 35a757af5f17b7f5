import { expect, it } from "vitest";
import { describeNetworks } from "../subnet";
import { addressesBehindHost, type Facts, targetsFor, wayTo } from "./targets";

const networks = describeNetworks("172.30.0.0/24", "172.30.1.0/24");
const facts = (over: Partial<Facts> = {}): Facts => ({
  network: networks.external,
  sessionRoutes: ["0.0.0.0/0", "172.30.0.0/24"],
  hostRoutes: new Set(["10.0.0.1", "1.1.1.1"]),
  hostAddress: "203.0.113.2",
  hostGateway: "192.168.7.1",
  hostPorts: [22, 8443],
  resolvers: ["9.9.9.9"],
  internet: "1.1.1.1:443",
  others: [{ address: "172.30.0.9", sshPort: 10_007 }],
  ...over,
});
const internal = facts({ network: networks.internal, sessionRoutes: ["172.30.1.0/24"] });

const labels = (given: Facts, expectation: string) =>
  targetsFor(given)
    .filter((target) => target.expectation === expectation)
    .map(({ label }) => label);

it("expects an external session to reach resolvers and internet, and nothing else", () => {
  expect(labels(facts(), "reached")).toEqual(["9.9.9.9:53 (UDP)", "9.9.9.9:53 (TCP)", "1.1.1.1:443"]);
  expect(labels(facts(), "refused")).toEqual([
    "172.30.0.1:22",
    "172.30.0.1:8443",
    "203.0.113.2:22",
    "203.0.113.2:8443",
    "169.254.169.254:80",
    "10.0.0.1:80",
    "100.64.0.1:80",
    "172.16.0.1:80",
    "192.168.0.1:80",
    "192.168.7.1:80",
    "127.0.0.11:53 (UDP)",
    "127.0.0.11:53 (TCP)",
    "[2606:4700:4700::1111]:443",
    "another session (1), at its address",
    "another session (1), at its SSH port on this host",
  ]);
});

it("expects an internal session to reach nothing, its own resolver included", () => {
  expect(labels(internal, "reached")).toEqual([]);
  expect(labels(internal, "refused")).toEqual(
    expect.arrayContaining(["192.0.2.53:53 (UDP)", "9.9.9.9:53 (UDP)", "1.1.1.1:443"]),
  );
});

it("knows whose error a failed attempt's is", () => {
  expect(addressesBehindHost(facts())).toContain("192.168.7.1");
  const routed = (address: string, given = facts()) => wayTo(address, given).isRouted;
  // The host forwards it, or is it.
  expect([routed("10.0.0.1"), routed("172.30.0.1"), routed("203.0.113.2")]).toEqual([true, true, true]);
  // No route on the host; a neighbour on the bridge; not of this world.
  expect([routed("172.16.0.1"), routed("172.30.0.9"), routed("::1")]).toEqual([false, false, false]);
  // No way out of an internal session but to its bridge.
  expect([routed("10.0.0.1", internal), routed("172.30.1.1", internal)]).toEqual([false, true]);
  expect(wayTo("127.0.0.11", facts())).toEqual({ isLoopback: true, isRouted: false });
});
