import { describe, expect, it } from "vitest";
import { mergeConfig, sshHostOf, urlOf } from "./config";
import type { setupEnv } from "./env";

const none = { HOME: "/root", SHELL: "/bin/sh", TERM: "dumb" } satisfies Partial<ReturnType<typeof setupEnv>>;

describe("settings", () => {
  it("take a flag over the environment over what was kept over the default", () => {
    const first = mergeConfig(undefined, { ...none, MEDFORGE_PORT: 9001 }, {});
    expect(first.port).toBe(9001);
    expect(mergeConfig(first, none, {}).port).toBe(9001);
    expect(mergeConfig(first, { ...none, MEDFORGE_PORT: 9002 }, { port: 9003 }).port).toBe(9003);
    expect(mergeConfig(undefined, none, {}).port).toBe(8443);
  });

  it("keep the installation's own name for ever", () => {
    const first = mergeConfig(undefined, none, {});
    expect(mergeConfig(first, none, { port: 1 }).seed).toBe(first.seed);
    expect(mergeConfig(undefined, none, {}, first.seed).seed).toBe(first.seed);
  });

  it("derive URL and SSH host from the port until they are given", () => {
    const plain = mergeConfig(undefined, none, { port: 9443 });
    expect(urlOf(plain)).toBe("https://localhost:9443");
    expect(sshHostOf(plain)).toBe("localhost");
    const given = mergeConfig(plain, { ...none, MEDFORGE_URL: "https://gpu.example.edu/" }, {});
    expect(urlOf(given)).toBe("https://gpu.example.edu");
    expect(sshHostOf(given)).toBe("gpu.example.edu");
  });
});
