import type Docker from "dockerode";
import { expect, it } from "vitest";
import { requestsGpu } from "./holders";

const uuid = "GPU-00000000-0000-0000-0000-000000000000";
const container = (request: Docker.DeviceRequest | null, runtime = "runc", env: string[] = []) =>
  ({
    Config: { Env: env },
    HostConfig: { Runtime: runtime, DeviceRequests: request === null ? null : [request] },
  }) as Docker.ContainerInspectInfo;

it.each([
  ["its uuid", { Driver: "nvidia", DeviceIDs: [uuid] }, true],
  ["its index", { Driver: "", DeviceIDs: ["1"], Capabilities: [["gpu"]] }, true],
  ["its CDI name", { Driver: "cdi", DeviceIDs: ["nvidia.com/gpu=1"] }, true],
  ["all", { Driver: "", Count: -1, Capabilities: [["gpu"]] }, true],
  ["the first two", { Driver: "nvidia", Count: 2 }, true],
  ["the first one only", { Driver: "nvidia", Count: 1 }, false],
  ["another", { Driver: "nvidia", DeviceIDs: ["GPU-1"] }, false],
  ["no GPU", { Driver: "other", Count: -1, Capabilities: [["tpu"]] }, false],
])("sees a request for %s", (_, request, expected) => {
  expect(requestsGpu(container(request), uuid, 1)).toBe(expected);
});

it("sees what the variable gives where NVIDIA's runtime serves", () => {
  expect(requestsGpu(container(null, "nvidia", ["NVIDIA_VISIBLE_DEVICES=all"]), uuid, 1)).toBe(true);
  expect(requestsGpu(container(null, "nvidia", ["NVIDIA_VISIBLE_DEVICES=0"]), uuid, 1)).toBe(false);
  expect(requestsGpu(container(null, "runc", ["NVIDIA_VISIBLE_DEVICES=all"]), uuid, 1)).toBe(false);
  expect(requestsGpu(container(null), uuid, 1)).toBe(false);
});
