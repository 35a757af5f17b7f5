import { describe, expect, it } from "vitest";
import { maxGpuProcesses } from "@/lib/agent-protocol/verbs";
import { innerPid } from "../verbs/gpu-processes";
import { parseComputeApps } from "./compute-apps";

const gpu = "GPU-63d1e50a-1b2c-4d5e-8f90-a1b2c3d4e5f6";

describe("parseComputeApps", () => {
  it("reads pid, name and memory, whatever the name holds", () => {
    const text = `${gpu}, 11327, /root/tools/memhog, 2566\n${gpu}, 4, python train.py, --lr 0.1, 40\n`;
    expect(parseComputeApps(text)).toEqual([
      { gpuUuid: gpu, pid: 11327, name: "/root/tools/memhog", memoryMiB: 2566 },
      { gpuUuid: gpu, pid: 4, name: "python train.py, --lr 0.1", memoryMiB: 40 },
    ]);
  });

  it("knows what the driver does not say", () => {
    const text = `${gpu}, 7, [Not Found], [N/A]\n${gpu}, 8, x, [Insufficient Permissions]\n`;
    expect(parseComputeApps(text)).toMatchObject([
      { pid: 7, name: "", memoryMiB: null },
      { pid: 8, memoryMiB: null },
    ]);
  });

  it("leaves out what names no GPU or no process", () => {
    expect(parseComputeApps(`\nNo running processes found\n${gpu}, [N/A], x, 5\nMIG-1, 5, x, 5\n`)).toEqual(
      [],
    );
  });

  it("bounds names and numbers, and lets no control character through", () => {
    const [first] = parseComputeApps(`${gpu}, 1, \u001b[2J${"a".repeat(5_000)}, 1\n`);
    expect(first?.name).toMatch(/^\\u\{1b\}\[2Ja+$/);
    expect(first?.name).toHaveLength(200);
    expect(parseComputeApps(`${gpu}, 1, x, 1\n`.repeat(500))).toHaveLength(maxGpuProcesses);
  });
});

it("innerPid is the innermost number, if there is one", () => {
  expect(innerPid("Name:\tx\nNSpid:\t4711\t12\nNSpgid:\t1\n")).toBe(12);
  expect(innerPid("Name:\tx\nNSpid:\t4711\t90\t3\n")).toBe(3);
  expect(innerPid("Name:\tx\nNSpid:\t4711\n")).toBeNull();
  expect(innerPid("Name:\tx\n")).toBeNull();
});
