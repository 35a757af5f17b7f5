import { describe, expect, it } from "vitest";
import { surfaceOf } from "./surface";

const internalUrl = "https://internal.gpu.example.edu:8443";

describe("surfaceOf", () => {
  it.each([
    "internal.gpu.example.edu:8443",
    "internal.gpu.example.edu",
    "internal.gpu.example.edu:443",
    "INTERNAL.GPU.example.EDU:8443",
    "internal.gpu.example.edu.",
    "internal.gpu.example.edu.:8443",
  ])("takes %s for the internal one", (host) => {
    expect(surfaceOf(host, { internalUrl })).toBe("internal");
  });

  it.each<[string, string | null]>([
    ["the external name", "gpu.example.edu:8443"],
    ["an address", "192.0.2.7:8443"],
    ["an IPv6 address", "[2001:db8::7]:8443"],
    ["a name that ends like it", "x.internal.gpu.example.edu"],
    ["a name that begins like it", "internal.gpu.example.edu.evil.example"],
    ["two final dots", "internal.gpu.example.edu.."],
    ["a user before it", "evil@internal.gpu.example.edu"],
    ["it as a user", "internal.gpu.example.edu@evil.example"],
    ["it behind a path", "evil.example/internal.gpu.example.edu"],
    ["a path behind it", "internal.gpu.example.edu/x"],
    ["a query behind it", "internal.gpu.example.edu?x"],
    ["a port that is none", "internal.gpu.example.edu:http"],
    ["a port out of range", "internal.gpu.example.edu:99999"],
    ["several", "gpu.example.edu, internal.gpu.example.edu"],
    ["letters that only look alike", "ınternal.gpu.example.edu"],
    ["wide letters, which a URL would fold", "ｉnternal.gpu.example.edu"],
    ["an escape, which a URL would read", "%69nternal.gpu.example.edu"],
    ["blanks", " internal.gpu.example.edu"],
    ["nothing", ""],
    ["no header", null],
  ])("takes %s for external", (_what, host) => {
    expect(surfaceOf(host, { internalUrl })).toBe("external");
  });

  it("knows addresses as they are written anywhere", () => {
    expect(surfaceOf("10.0.0.7:8443", { internalUrl: "https://10.0.0.7" })).toBe("internal");
    expect(surfaceOf("[2001:DB8:0::7]:8443", { internalUrl: "https://[2001:db8::7]" })).toBe("internal");
  });

  it("takes everything for external where there is no internal surface", () => {
    expect(surfaceOf("internal.gpu.example.edu", { internalUrl: null })).toBe("external");
  });
});
