import { expect, it } from "vitest";
import { contentSecurityPolicy } from "./content-security-policy";

it("runs scripts and takes style elements by nonce alone in production", () => {
  const policy = contentSecurityPolicy({ nonce: "abc123", development: false });
  expect(policy).toContain("script-src 'self' 'nonce-abc123' 'strict-dynamic';");
  expect(policy).toContain("style-src 'self' 'nonce-abc123';");
  expect(policy).toContain("default-src 'none'");
  expect(policy).toContain("frame-ancestors 'none'");
  expect(policy).not.toContain("unsafe-eval");
});
