import { expect, it } from "vitest";
import { nameserversOf, sessionResolvers } from "./resolvers";

it("takes a resolv.conf's IPv4 servers off loopback", () => {
  const text =
    "# comment\nsearch x\nnameserver 127.0.0.53\nnameserver fe80::1\n nameserver 10.1.2.3 \nnameserver 9.9.9.9\n";
  expect(nameserversOf(text)).toEqual(["10.1.2.3", "9.9.9.9"]);
});

it("prefers what is configured and refuses what no session could reach", async () => {
  expect(await sessionResolvers("1.1.1.1, 10.0.0.2")).toEqual(["1.1.1.1", "10.0.0.2"]);
  await expect(sessionResolvers("127.0.0.53")).rejects.toThrow("127.0.0.53");
  await expect(sessionResolvers("dns.example")).rejects.toThrow("dns.example");
  expect(await sessionResolvers("")).not.toEqual([]);
});
