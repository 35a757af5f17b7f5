import { expect, it } from "vitest";
import { mergeConfig } from "../config";
import type { SetupEnv } from "../env";
import { edgeSites } from "./edge-sites";

const own = ["192.0.2.7", "[2001:db8::7]"];
const sitesOf = (env: Partial<SetupEnv>) =>
  edgeSites(mergeConfig(undefined, { HOME: "/root", SHELL: "/bin/sh", TERM: "dumb", ...env }, {}), own);

it("serves both names, and this host's own addresses with the local authority's certificates", () => {
  expect(sitesOf({ MEDFORGE_URL: "https://gpu.example.edu" })).toEqual({
    names: "https://gpu.example.edu:8443, https://internal.gpu.example.edu:8443",
    addresses:
      "https://localhost:8443, https://127.0.0.1:8443, https://[::1]:8443, https://192.0.2.7:8443, https://[2001:db8::7]:8443",
    internal: null,
  });
});

it("names no host twice", () => {
  expect(sitesOf({ MEDFORGE_URL: "https://192.0.2.7:8443" })).toEqual({
    names: "https://192.0.2.7:8443",
    addresses:
      "https://localhost:8443, https://127.0.0.1:8443, https://[::1]:8443, https://[2001:db8::7]:8443",
    internal: null,
  });
  expect(sitesOf({})).toMatchObject({ names: "https://localhost:8443, https://internal.localhost:8443" });
});

it("serves the internal name on its own address alone, when it is given one", () => {
  const sites = sitesOf({
    MEDFORGE_URL: "https://gpu.example.edu",
    MEDFORGE_INTERNAL_URL: "https://192.0.2.7:8443",
    MEDFORGE_INTERNAL_BIND: "192.0.2.7",
  });
  expect(sites).toMatchObject({ names: "https://gpu.example.edu:8443", internal: "https://192.0.2.7:8443" });
  expect(sites.addresses).not.toContain("192.0.2.7");
});
