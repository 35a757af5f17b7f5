import { afterEach, expect, it, vi } from "vitest";
import { setupEnv } from "./env";

afterEach(() => {
  vi.unstubAllEnvs();
});

it("takes settings as the runbook lists them, and leaves alone what tests are told", () => {
  vi.stubEnv("MEDFORGE_PORT", "9443");
  vi.stubEnv("MEDFORGE_TEST_ANYTHING", "x");
  expect(setupEnv().MEDFORGE_PORT).toBe(9443);
});

it("refuses a misspelt setting rather than go on without it", () => {
  vi.stubEnv("MEDFORGE_SIMULATED_GPU", "4");
  expect(() => setupEnv()).toThrow("There is no setting MEDFORGE_SIMULATED_GPU.");
});

it("says what a setting may be, in words", () => {
  vi.stubEnv("MEDFORGE_TLS", "letsencrypt");
  expect(() => setupEnv()).toThrow("MEDFORGE_TLS: give local, acme or files");
});
