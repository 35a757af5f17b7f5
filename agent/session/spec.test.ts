import { expect, it } from "vitest";
import { readLabels } from "./labels";
import { containerSpec } from "./spec";

const input = {
  installationId: "ins_aaaaaaaaaaaaaaaa",
  slug: "abcdefgh",
  generation: 3,
  exposure: "external" as const,
  workspaceId: "wsp_aaaaaaaaaaaaaaaa",
  datasetGeneration: 2,
  identity: "0".repeat(32),
  gpuUuid: "GPU-00000000-0000-0000-0000-000000000000",
  sshPort: 10000,
  pack: "base",
  authorizedKeys: [],
  cpus: 2,
  memoryMiB: 1024,
};
const host = {
  image: "image",
  networkName: "network",
  sshBind: "192.0.2.1",
  workspacePath: "/state/mounts/wsp_aaaaaaaaaaaaaaaa/g2",
  configPath: "/state/sessions/abcdefgh",
};
const spec = containerSpec(input, host);

it("holds the security stance", () => {
  expect(spec.HostConfig).toMatchObject({
    ReadonlyRootfs: true,
    CapDrop: ["ALL"],
    SecurityOpt: ["no-new-privileges"],
    RestartPolicy: { Name: "no" },
    IpcMode: "private",
    Memory: 1024 ** 3,
    MemorySwap: 1024 ** 3,
    ShmSize: 1024 ** 3 / 2,
    NanoCpus: 2e9,
    PortBindings: { "22/tcp": [{ HostIp: "192.0.2.1", HostPort: "10000" }] },
  });
  for (const opening of ["Privileged", "UsernsMode", "PidMode", "Binds", "Devices", "UTSMode", "Init"]) {
    expect(spec.HostConfig).not.toHaveProperty(opening);
  }
  expect(spec.HostConfig?.CapAdd).not.toContain("SYS_ADMIN");
  for (const options of Object.values(spec.HostConfig?.Tmpfs ?? {})) {
    expect(options).toMatch(/nosuid,nodev.*size=\d+m/);
  }
});

it("takes nothing of Docker's for a resolver", () => {
  expect(spec.HostConfig).not.toHaveProperty("Dns");
  expect(spec.HostConfig?.Mounts).toContainEqual({
    Type: "bind",
    Source: "/state/sessions/abcdefgh/resolv.conf",
    Target: "/etc/resolv.conf",
    ReadOnly: true,
  });
});

it("gives exactly the one GPU, and never lets the image choose", () => {
  expect(spec.HostConfig?.DeviceRequests).toEqual([
    { Driver: "nvidia", DeviceIDs: [input.gpuUuid], Capabilities: [["gpu", "compute", "utility"]] },
  ]);
  expect(spec.Env).toContain(`NVIDIA_VISIBLE_DEVICES=${input.gpuUuid}`);
});

it("writes labels that read back as what was asked", () => {
  const { identity: _i, pack: _p, authorizedKeys: _a, cpus: _c, memoryMiB: _m, ...expected } = input;
  expect(readLabels(spec.Labels)).toEqual(expected);
  expect(readLabels({ ...spec.Labels, "medforge.port": "22" })).toBeNull();
  expect(readLabels(undefined)).toBeNull();
});

it("publishes no port of an internal session", () => {
  const internal = containerSpec({ ...input, exposure: "internal" }, host);
  expect(internal.HostConfig).not.toHaveProperty("PortBindings");
  expect(readLabels(internal.Labels)?.exposure).toBe("internal");
});

it("takes a container from before there were internal sessions for an external one", () => {
  const { "medforge.exposure": _, ...old } = spec.Labels ?? {};
  expect(readLabels(old)?.exposure).toBe("external");
});
