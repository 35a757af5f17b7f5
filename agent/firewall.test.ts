import { expect, it } from "vitest";
import { readDockerForward } from "./firewall";

it("reads what Docker forwards from its rules as iptables prints them", () => {
  const published =
    "-A DOCKER ! -i mfx-k3v2q7ab -p tcp -m tcp --dport 10017 -j DNAT --to-destination 172.30.0.9:22";
  const bound =
    "-A DOCKER -d 192.0.2.7/32 ! -i mfx-k3v2q7ab -p tcp -m tcp --dport 10017 -j DNAT --to-destination 172.30.0.9:22";
  for (const rule of [published, bound]) {
    expect(readDockerForward(rule)).toEqual({ port: 10_017, bridge: "mfx-k3v2q7ab" });
  }
  expect(readDockerForward("-A DOCKER -i mfx-k3v2q7ab -j RETURN")).toBeNull();
});
