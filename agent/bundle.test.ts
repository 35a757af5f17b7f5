import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { expect, it } from "vitest";
import { run } from "./run";

/** CommonJS packages inside an ES module still ask for these. */
const banner = `import { createRequire } from "node:module";
const require = createRequire(import.meta.url), __filename = import.meta.filename ?? "", __dirname = import.meta.dirname ?? "";`;

it("becomes one file that runs without node_modules and names the settings it lacks", {
  timeout: 60_000,
}, async () => {
  const dir = await mkdtemp(join(tmpdir(), "mf-bundle-"));
  const outfile = join(dir, "agent.mjs");
  await build({
    entryPoints: [fileURLToPath(new URL("main.ts", import.meta.url))],
    outfile,
    bundle: true,
    platform: "node",
    target: "node20",
    format: "esm",
    external: ["cpu-features", "*.node"],
    banner: { js: banner },
    logLevel: "error",
  });
  const result = await run([process.execPath, outfile]);
  expect(result.stderr).toContain("MEDFORGE_AGENT_SOCKET");
  expect(result.code).toBe(1);
  await rm(dir, { recursive: true });
});
