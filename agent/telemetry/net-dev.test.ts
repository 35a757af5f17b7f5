import { expect, it } from "vitest";
import { readNetDev } from "./net-dev";

const header = `Inter-|   Receive                                                |  Transmit
 face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed
`;

it("sums every interface but loopback", () => {
  const text = `${header}    lo: 1000 1 0 0 0 0 0 0 1000 1 0 0 0 0 0 0
  eth0:2500000 10 0 0 0 0 0 0 700 3 0 0 0 0 0 0
  eth1: 5 1 0 0 0 0 0 0 6 1 0 0 0 0 0 0
`;
  expect(readNetDev(text)).toEqual({ receivedBytes: 2_500_005, sentBytes: 706 });
});

it("is nothing where there is only loopback", () => {
  expect(readNetDev(`${header}    lo: 9 1 0 0 0 0 0 0 9 1 0 0 0 0 0 0\n`)).toEqual({
    receivedBytes: 0,
    sentBytes: 0,
  });
});
