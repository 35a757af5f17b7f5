import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { chmod, copyFile, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { GpuCatalog } from "../gpus";
import { run, runOk } from "../run";
import { listComputeApps } from "../telemetry/compute-apps";
import { type StandIn, writeStandIn } from "./write";

let dir: string;
let standIn: StandIn;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "mf-stand-in-"));
  await writeStandIn({ dir, installationSeed: "seed", count: 5 });
  standIn = await writeStandIn({ dir, installationSeed: "seed", count: 3 });
});

afterAll(() => rm(dir, { recursive: true }));

describe("nvidia-smi", () => {
  it("is read by the very detector that reads real ones, and says that it is simulated", async () => {
    const catalog = new GpuCatalog(standIn.nvidiaSmi);
    const { gpus, problems } = await catalog.refresh();
    expect(problems).toEqual([]);
    expect(gpus.map((gpu) => gpu.uuid)).toEqual(standIn.uuids);
    for (const gpu of gpus)
      expect(gpu).toMatchObject({
        simulated: true,
        driver: "stand-in",
        model: expect.stringContaining("(simulated)"),
      });
    for (const sample of await catalog.usage()) {
      expect(sample.utilizationPercent, "nobody holds it").toBe(0);
      expect(sample.powerW).toBeGreaterThan(0);
    }
  });

  it("keeps its UUIDs for the same seed and drops GPUs that are gone", () => {
    expect(new Set(standIn.uuids).size).toBe(3);
    expect(standIn.uuids.filter((uuid) => existsSync(join(dir, "gpus", uuid, "nvidia-smi")))).toHaveLength(3);
  });

  it("answers in the formats of the real one", async () => {
    const ask = (...args: string[]) => runOk([standIn.nvidiaSmi, ...args]);
    const [first] = standIn.uuids;
    expect((await ask("-L")).split("\n")[0]).toBe(
      `GPU 0: NVIDIA H100 80GB HBM3 (simulated) (UUID: ${first})`,
    );
    expect((await ask("--query-gpu=uuid,memory.total", "--format=csv")).split("\n").slice(0, 2)).toEqual([
      "uuid, memory.total [MiB]",
      `${first}, 81559 MiB`,
    ]);
    expect(
      (await ask("--query-gpu=index,memory.total", "--format=csv,noheader,nounits")).split("\n")[0],
    ).toBe("0, 81559");
    const apps = "gpu_uuid,pid,process_name,used_gpu_memory";
    expect(await ask(`--query-compute-apps=${apps}`, "--format=csv")).toBe(
      "gpu_uuid, pid, process_name, used_gpu_memory\n",
    );
    expect(await ask()).toContain("simulated");
    expect((await run([standIn.nvidiaSmi, "--query-gpu=nonsense", "--format=csv"])).code).not.toBe(0);
  });

  it("lists the real processes that say by their name that they work on one of its GPUs", async () => {
    const [, second = ""] = standIn.uuids;
    const program = join(dir, "gpu-stand-in");
    await copyFile("/bin/sleep", program);
    await chmod(program, 0o755);
    const work = (uuid: string) =>
      spawn("env", [`NVIDIA_VISIBLE_DEVICES=${uuid}`, program, "60"], { stdio: "ignore" });
    const [ours, nobodys] = [work(second), work("GPU-00000000-0000-0000-0000-000000000000")];
    try {
      // Each is another program's until it has become this one.
      await expect
        .poll(() => listComputeApps(standIn.nvidiaSmi))
        .toEqual([{ gpuUuid: second, pid: ours.pid, name: "gpu-stand-in", memoryMiB: null }]);
    } finally {
      for (const child of [ours, nobodys]) child.kill("SIGKILL");
    }
  });

  it("shows one GPU to the one session that has it", async () => {
    const [, second = ""] = standIn.uuids;
    const seen = await runOk([
      join(dir, "gpus", second, "nvidia-smi"),
      "--query-gpu=index,uuid",
      "--format=csv,noheader",
    ]);
    expect(seen).toBe(`0, ${second}\n`);
  });
});

describe("the container hook", () => {
  const hook = () => join(standIn.binDir, "nvidia-container-runtime-hook");

  it.each([
    ["all", "exactly one GPU"],
    ["GPU-../../etc", "is not one GPU's UUID"],
    ["GPU-00000000-0000-0000-0000-000000000000", "no simulated GPU"],
    ["", "exactly one GPU"],
  ])("refuses %j", async (devices, reason) => {
    const bundle = await mkdtemp(join(dir, "bundle-"));
    const config = { process: { env: [`NVIDIA_VISIBLE_DEVICES=${devices}`] }, root: { path: bundle } };
    await writeFile(join(bundle, "config.json"), JSON.stringify(config));
    const result = await run([hook(), "prestart"], { input: JSON.stringify({ id: "x", pid: 1, bundle }) });
    expect(result.code).toBe(1);
    expect(result.stderr).toContain(reason);
  });

  it("has nothing to do in other phases", async () => {
    expect((await run([hook(), "poststop"], { input: "{}" })).code).toBe(0);
  });
});
