import { describe, expect, it } from "vitest";
import { internalUrlOf, mergeConfig, sshHostOf, urlOf } from "./config";
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

  it("tell a metrics port that was asked for from one that was chosen", () => {
    const chosen = { ...mergeConfig(undefined, none, {}), metricsPort: 20_001 };
    expect(mergeConfig(chosen, none, {})).toMatchObject({ metricsPort: 20_001, metricsPortGiven: false });
    const given = mergeConfig(chosen, { ...none, MEDFORGE_METRICS_PORT: 9464 }, {});
    expect(mergeConfig(given, none, {})).toMatchObject({ metricsPort: 9464, metricsPortGiven: true });
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

  it("derive the internal surface from a name, not from an address, and keep what was said of it", () => {
    const internalOf = (url: string | undefined, internal?: string) =>
      internalUrlOf(
        mergeConfig(undefined, { ...none, MEDFORGE_URL: url, MEDFORGE_INTERNAL_URL: internal }, {}),
      );
    expect(internalOf(undefined)).toBe("https://internal.localhost:8443");
    expect(internalOf("https://gpu.example.edu")).toBe("https://internal.gpu.example.edu");
    expect(internalOf("https://gpu.example.edu:9443/")).toBe("https://internal.gpu.example.edu:9443");
    expect(internalOf("https://192.0.2.7:8443")).toBeNull();
    expect(internalOf("https://[2001:db8::7]:8443")).toBeNull();
    expect(internalOf("https://192.0.2.7:8443", "https://10.0.0.7:8443/")).toBe("https://10.0.0.7:8443");
    expect(internalOf("https://gpu.example.edu", "none")).toBeNull();
    const off = mergeConfig(undefined, { ...none, MEDFORGE_INTERNAL_URL: "none" }, {});
    expect(internalUrlOf(mergeConfig(off, none, {}))).toBeNull();
    const bound = mergeConfig(undefined, { ...none, MEDFORGE_INTERNAL_BIND: "10.0.0.7" }, {});
    expect(mergeConfig(bound, none, {}).internalBind).toBe("10.0.0.7");
    expect(mergeConfig(bound, { ...none, MEDFORGE_INTERNAL_BIND: "none" }, {}).internalBind).toBeNull();
  });
});
