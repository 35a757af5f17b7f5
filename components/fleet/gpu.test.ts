import { describe, expect, it } from "vitest";
import type { GpuView } from "@/lib/fleet/model";
import { availability } from "./availability";
import { baysAcross, exactMemory, gpuStatus, memoryAsSold, modelChoices, racks, shortModel } from "./gpu";

const now = new Date("2026-11-22T14:00:00Z");

function gpu(over: Partial<GpuView> = {}): GpuView {
  return {
    id: "gpu_aaaaaaaaaaaaaaaa",
    uuid: "GPU-1",
    index: 0,
    node: "atlas",
    model: "NVIDIA H100 80GB HBM3",
    memoryMiB: 81_559,
    simulated: false,
    state: "available",
    stateReason: null,
    mode: "on-demand",
    rate: null,
    present: true,
    heldUntil: null,
    free: true,
    holder: null,
    usage: null,
    ...over,
  };
}
const held = (username: string, until: string | null, over: Partial<GpuView> = {}) =>
  gpu({ free: false, holder: { username, slug: null, until }, ...over });

it("a GPU whose hours are sold is free for nobody who only launches", () => {
  const sold = gpu({ free: false, mode: "auction" });
  expect(gpuStatus(sold, "ana")).toBe("scheduled");
  expect(gpuStatus({ ...sold, state: "draining" }, "ana")).toBe("draining");
  expect(gpuStatus({ ...sold, silent: true }, "ana")).toBe("unreachable");
});

describe("memoryAsSold", () => {
  it.each([
    [81_559, 80],
    [81_920, 80],
    [40_536, 40],
    [24_564, 24],
    [23_034, 24],
    [49_140, 48],
    [46_068, 48],
    [143_771, 141],
    [183_359, 180],
    [95_830, 94],
    [15_360, 16],
    [32_607, 32],
    [11_264, 11],
    [8_192, 8],
    [512, 1],
    [53_248, 52],
  ])("%d MiB is sold as %d GB", (mib, gb) => expect(memoryAsSold(mib)).toBe(gb));
});

it("exactMemory groups digits", () => {
  expect(exactMemory(81_559)).toBe("81 559 MiB");
  expect(exactMemory(512)).toBe("512 MiB");
});

describe("shortModel", () => {
  it.each([
    ["NVIDIA H100 80GB HBM3", "H100 HBM3"],
    ["NVIDIA A100-SXM4-80GB", "A100 SXM4"],
    ["NVIDIA GeForce RTX 4090", "RTX 4090"],
    ["NVIDIA H100 80GB HBM3 (simulated)", "H100 HBM3"],
    ["(simulated)", "(simulated)"],
  ])("%s becomes %s", (model, short) => expect(shortModel(model)).toBe(short));
});

describe("gpuStatus", () => {
  it("puts the holder first", () => {
    expect(gpuStatus(held("ana", null), "ana")).toBe("mine");
    expect(gpuStatus(held("ana", null, { state: "draining" }), "bo")).toBe("held");
  });
  it("says why one without a holder is not free", () => {
    expect(gpuStatus(gpu(), "ana")).toBe("free");
    expect(gpuStatus(gpu({ free: false, present: false }), "ana")).toBe("absent");
    expect(gpuStatus(gpu({ free: false, state: "disabled" }), "ana")).toBe("disabled");
    expect(gpuStatus(gpu({ free: false, state: "draining" }), "ana")).toBe("draining");
    expect(gpuStatus(gpu({ free: false }), "ana")).toBe("unreachable");
  });
});

it("racks orders servers by name and GPUs by number", () => {
  const order = racks([gpu({ node: "n10" }), gpu({ node: "n2", index: 1 }), gpu({ node: "n2" })]);
  expect(order.map((rack) => [rack.node, rack.gpus.map((member) => member.index)])).toEqual([
    ["n2", [0, 1]],
    ["n10", [0]],
  ]);
});

it("modelChoices counts free ones and leaves out what is not in service", () => {
  const list = [
    gpu(),
    held("ana", null),
    gpu({ model: "NVIDIA L4", memoryMiB: 23_034, state: "disabled", free: false }),
  ];
  expect(modelChoices(list)).toEqual([
    { model: "NVIDIA H100 80GB HBM3", label: "H100 HBM3 · 80 GB", free: 1, total: 2 },
  ]);
});

describe("availability", () => {
  const until = "2026-11-22T14:59:00Z";
  const see = (list: GpuView[]) => availability(list, { username: "bo", hours: [] }, now, "UTC");
  it("counts", () => {
    expect(see([gpu(), held("ana", null)])).toEqual({
      free: 1,
      total: 2,
      headline: "1 of 2 GPUs free",
      next: null,
    });
    expect(see([gpu()]).headline).toBe("1 of 1 GPU free");
  });
  it("names the first to come free and who holds it", () => {
    const busy = see([held("ana", "2026-11-22T16:00:00Z"), held("bo", "2026-11-22T15:00:00Z", { index: 3 })]);
    expect(busy.headline).toBe("All 2 GPUs are busy");
    expect(busy.next).toBe(
      "GPU 3 on atlas is in use by you until 15:00 UTC (in 1 h); it is the first to come free.",
    );
  });
  it("calls busy only those in service", () => {
    const draining = gpu({ index: 1, free: false, state: "draining", stateReason: "New fans" });
    expect(see([held("ana", null), draining]).headline).toBe("The one GPU in service is busy");
    expect(see([held("ana", null)]).headline).toBe("The one GPU is busy");
  });
  it("counts a GPU in somebody else's hours as busy, not as out of service", () => {
    const own = held("bo", until, { heldUntil: "2026-11-22T15:00:00Z", mode: "auction" });
    const others = held("ana", until, { index: 1, mode: "auction" });
    expect(see([own, others]).headline).toBe("All 2 GPUs are busy");
    expect(see([own, { ...others, holder: null }]).headline).toBe(
      "No GPU is free: 1 busy, 1 given out by the hour",
    );
  });
  it("promises no GPU whose next hour is somebody's", () => {
    const own = held("bo", until, { heldUntil: "2026-11-22T15:00:00Z", mode: "auction" });
    const next = { slot: "2026-11-22T15:00:00.000Z", person: "ben", offer: null, price: null, week: null };
    const hours = [{ gpuId: own.id, present: { ...next, until: null }, next, mine: null }];
    const told = availability([own], { username: "bo", hours }, now, "UTC").next;
    expect(told).toBe("GPU 0 on atlas is in use by you until 14:59 UTC (in 59 min); ben has the hour after.");
    const soon = held("cy", "2026-11-22T16:00:00Z", { index: 1 });
    expect(see([own, soon]).next).toContain("GPU 1 on atlas is in use by cy until 16:00 UTC");
  });
  it("doesn't promise a time that has passed", () => {
    expect(see([held("ana", "2026-11-22T13:59:00Z")]).next).toBe(
      "GPU 0 on atlas is in use by ana, whose time limit has passed; it is about to come free.",
    );
  });
  it("says so when nobody set a limit", () => {
    expect(see([held("ana", null), held("bo", null)]).next).toBe("In use by ana, you, without a time limit.");
  });
  it("says why others beside the busy ones take nobody new", () => {
    const out = [
      gpu({ index: 1, free: false, state: "draining", stateReason: "New fans on Friday" }),
      gpu({ index: 2, free: false, state: "disabled" }),
      gpu({ index: 3, free: false, state: "disabled" }),
    ];
    expect(see([held("ana", null), ...out]).next).toBe(
      "In use by ana, without a time limit. GPU 1 is draining: New fans on Friday. GPUs 2 and 3 are disabled.",
    );
  });
  it("awaits nothing from a GPU that takes nobody new once its session ends", () => {
    const leaving = held("ana", "2026-11-22T16:00:00Z", { state: "draining" });
    expect(see([leaving])).toMatchObject({ total: 0, headline: "No GPU is in service" });
    expect(see([gpu(), leaving]).headline).toBe("1 of 1 GPU free");
    expect(see([held("cy", "2026-11-22T17:00:00Z", { index: 1 }), leaving]).next).toBe(
      "GPU 1 on atlas is in use by cy until 17:00 UTC (in 3 h); it is the first to come free. GPU 0 is draining.",
    );
  });
  it("names a host that does not answer, beside what an admin took out", () => {
    const silent = gpu({ free: false, silent: true });
    const draining = gpu({ index: 1, node: "borea", free: false, state: "draining" });
    expect(see([silent, draining]).next).toBe("GPU 1 on borea is draining. The host atlas does not answer.");
    expect(see([silent, { ...silent, index: 1 }]).next).toBe("The host atlas does not answer.");
    expect(see([silent, held("ana", null, { node: "borea" })]).next).toBe(
      "In use by ana, without a time limit. The host atlas does not answer.",
    );
  });
  it("tells no GPUs from none in service", () => {
    expect(see([]).headline).toBe("No GPU is known yet");
    expect(see([gpu({ free: false, state: "disabled" })]).headline).toBe("No GPU is in service");
  });
  it("leads to the auction where every GPU's hours are sold", () => {
    const sold = gpu({ free: false, mode: "auction" });
    expect(see([sold])).toMatchObject({
      headline: "Every GPU is given out by the hour",
      next: "Their hours are bid on and taken under GPU time.",
    });
    expect(see([sold, gpu({ index: 1 })]).headline).toBe("1 of 1 GPU free");
  });
});

it("gives a server's row as many bays as it has GPUs, up to eight", () => {
  expect(baysAcross(2)).toBe("@lg:grid-cols-2");
  expect(baysAcross(6)).toContain("@5xl:grid-cols-6");
  for (const many of [8, 16]) expect(baysAcross(many)).toContain("@5xl:grid-cols-8");
});
