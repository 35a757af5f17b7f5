import { expect, it } from "vitest";
import { addressBucket } from "./throttle";

const subjectOf = (address: string) => addressBucket("login-address", address).subject;

it("counts an IPv6 network as one, whichever of its addresses comes", () => {
  const first = subjectOf("2001:db8:1:2::1");
  expect(subjectOf("2001:0DB8:1:2:ffff:ffff:ffff:ffff")).toBe(first);
  expect(subjectOf("2001:db8:1:3::1")).not.toBe(first);
});

it("counts each IPv4 address, however it is written", () => {
  expect(subjectOf("::ffff:192.0.2.1")).toBe(subjectOf("192.0.2.1"));
  expect(subjectOf("192.0.2.2")).not.toBe(subjectOf("192.0.2.1"));
  expect(subjectOf("unknown")).toBe("unknown");
});
