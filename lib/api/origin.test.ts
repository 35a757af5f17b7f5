import { describe, expect, it } from "vitest";
import { AppError } from "@/lib/kernel/errors";
import { guardOrigin } from "./origin";

const url = "https://gpu.example.edu:8443";

const internalUrl = "https://internal.gpu.example.edu:8443";

function allowed(method: string, headers: Record<string, string>): boolean {
  try {
    guardOrigin(method, new Headers({ host: "gpu.example.edu:8443", ...headers }), { url, internalUrl });
    return true;
  } catch (error) {
    if (error instanceof AppError && error.code === "forbidden") return false;
    throw error;
  }
}

const cookie = "__Host-medforge_login=x";

describe("guardOrigin", () => {
  it.each<[string, Record<string, string>]>([
    ["the page's own requests", { origin: url, cookie, "sec-fetch-site": "same-origin" }],
    ["the origin alone", { origin: url, cookie }],
    ["the referer, when there is no origin", { referer: `${url}/sessions?x=1`, cookie }],
    ["Sec-Fetch-Site, when there is neither", { "sec-fetch-site": "same-origin", cookie }],
    [
      "the address that was opened instead of the configured one",
      { origin: "https://127.0.0.1:8443", host: "127.0.0.1:8443", cookie },
    ],
    ["what an admin types into the address bar", { origin: url, "sec-fetch-site": "none", cookie }],
    ["curl without a cookie", {}],
    ["curl with a cookie jar", { cookie }],
    ["API tokens, wherever they come from", { authorization: "Bearer mf_x", origin: "https://evil.example" }],
    [
      "plain HTTP in development",
      { origin: "http://localhost:3000", host: "localhost:3000", "x-forwarded-proto": "http" },
    ],
  ])("lets through %s", (_what, headers) => {
    expect(allowed("POST", headers)).toBe(true);
  });

  it.each<[string, Record<string, string>]>([
    ["another site", { origin: "https://evil.example", cookie }],
    ["another site without a cookie", { origin: "https://evil.example" }],
    ["another site's referer", { referer: "https://evil.example/x", cookie }],
    ["a name that begins like ours", { origin: `${url}.evil.example`, cookie }],
    ["a name that ends like ours", { origin: "https://evil-gpu.example.edu:8443", cookie }],
    ["another port", { origin: "https://gpu.example.edu", cookie }],
    ["another protocol", { origin: "http://gpu.example.edu:8443", cookie }],
    ["the opaque origin", { origin: "null", cookie }],
    ["a broken origin", { origin: "gpu.example.edu", cookie }],
    ["the opaque origin without a cookie", { origin: "null" }],
    ["a sister site", { origin: url, "sec-fetch-site": "same-site", cookie }],
    ["cross-site without origin", { "sec-fetch-site": "cross-site" }],
    ["cross-site with our referer", { referer: url, "sec-fetch-site": "cross-site", cookie }],
  ])("refuses %s", (_what, headers) => {
    for (const method of ["POST", "PATCH", "PUT", "DELETE"]) expect(allowed(method, headers)).toBe(false);
  });

  it("takes the surfaces for two sites, both ways", () => {
    const host = "internal.gpu.example.edu:8443";
    expect(allowed("POST", { origin: internalUrl, host, cookie })).toBe(true);
    // Browsers call the two same-site and send the cookie; older ones send no Sec-Fetch-Site.
    expect(allowed("POST", { origin: url, host, cookie })).toBe(false);
    expect(allowed("POST", { origin: internalUrl, cookie })).toBe(false);
    expect(allowed("POST", { referer: `${url}/home`, host, cookie })).toBe(false);
    expect(allowed("POST", { origin: url, host, cookie, "x-forwarded-host": "gpu.example.edu:8443" })).toBe(
      false,
    );
  });

  it("doesn't concern reading", () => {
    for (const method of ["GET", "HEAD", "OPTIONS"]) {
      expect(allowed(method, { origin: "https://evil.example", cookie })).toBe(true);
    }
  });
});
