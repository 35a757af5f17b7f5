import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { homePath, loginPath, safeReturnPath } from "./return-path";

describe("safeReturnPath", () => {
  it("keeps paths of this origin with query and fragment", () => {
    expect(safeReturnPath("/sessions/abcdefgh?tab=events#top")).toBe("/sessions/abcdefgh?tab=events#top");
  });

  it.each([
    "https://evil.example/",
    "//evil.example/x",
    "/\\evil.example",
    "/\t/evil.example",
    "\\\\evil.example",
    "javascript:alert(1)",
    "",
    "sessions",
    undefined,
    ["/sessions"],
    "/login?next=/login",
    "/api/v2/auth/logout",
    `/${"a".repeat(2_001)}`,
  ])("goes home for %j", (claimed) => {
    expect(safeReturnPath(claimed)).toBe(homePath);
  });

  it("never leaves the origin, whatever it is given", () => {
    const origin = "https://lab.example";
    const prefixes = fc.constantFrom("", "/", "//", "/\\", "/\t/", "/\n/", "http:", "/%2f/", "/./", "/..//");
    fc.assert(
      fc.property(prefixes, fc.string(), (prefix, rest) => {
        expect(new URL(safeReturnPath(prefix + rest), origin).origin).toBe(origin);
      }),
    );
  });
});

describe("loginPath", () => {
  it("names the page to come back to, and nothing for home", () => {
    expect(loginPath("/settings?x=1")).toBe("/login?next=%2Fsettings%3Fx%3D1");
    expect(loginPath("/home")).toBe("/login");
    expect(loginPath("//evil.example")).toBe("/login");
  });
});
