import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { webKeepAliveMs } from "./web";

it("keeps idle connections longer than Caddy, which is the one to close them", () => {
  const [, seconds] =
    /transport http \{[^}]*keepalive (\d+)s/.exec(readFileSync("caddy/Caddyfile", "utf8")) ?? [];
  expect(Number(seconds) * 1000).toBeGreaterThan(0);
  expect(Number(seconds) * 1000).toBeLessThan(webKeepAliveMs / 1.5);
});
