import { defineConfig } from "@playwright/test";
import { testEnv } from "@/e2e/support/env";

/** Pages against a whole installation; `./medforge test --only web` brings one up and runs this. */
export default defineConfig({
  testDir: "e2e/web",
  outputDir: "test-results",
  // One installation with two GPUs: the specs take turns. Those that need no GPU do, too: Chromium drops what it is loading
  // when a session's network comes or goes.
  workers: 1,
  fullyParallel: false,
  retries: 0,
  // Other suites compute beside them on the same two cores: what takes a second alone may take twenty.
  timeout: 240_000,
  expect: { timeout: 30_000 },
  reporter: [["list"]],
  use: {
    baseURL: testEnv().MEDFORGE_TEST_URL,
    // The certificate is checked by every call of the tests' own client; the browser has no store to put the CA in.
    ignoreHTTPSErrors: true,
    // A page that is not there by then hangs; without this it would hang for the whole test.
    navigationTimeout: 60_000,
    actionTimeout: 30_000,
    viewport: { width: 1440, height: 900 },
    reducedMotion: "reduce",
    screenshot: "only-on-failure",
    launchOptions: {
      executablePath: "/usr/bin/chromium-headless-shell",
      args: [
        ...["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"],
        // WebGL without a graphics card.
        "--enable-unsafe-swiftshader",
        ...["--disable-background-networking", "--disable-component-update", "--disable-sync"],
      ],
    },
  },
});
