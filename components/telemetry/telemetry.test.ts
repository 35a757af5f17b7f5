import { describe, expect, it } from "vitest";
import { required } from "@/lib/kernel/assert";
import type { SamplesView } from "@/lib/telemetry/model";
import { axisTop, type PlotSpec, plots } from "./plots";
import { gpuMemoryText, programName } from "./programs";
import { extentOf, mergeSamples, plotData, sampleKeys } from "./samples";
import { factOf, idleFor, limitText, summaryOf, valueText } from "./words";

const start = Date.parse("2026-11-25T10:00:00Z");
const gb = 1024 ** 3;

/** Samples at the given steps of ten seconds; every figure is 1 unless said otherwise. */
function aView(steps: readonly number[], over: Partial<SamplesView> = {}): SamplesView {
  const columns = Object.fromEntries(sampleKeys.map((key) => [key, steps.map(() => 1)])) as Pick<
    SamplesView,
    (typeof sampleKeys)[number]
  >;
  return {
    stepSeconds: 10,
    limits: { cpus: 2, memoryBytes: 4 * gb, diskBytes: 50 * gb, gpuMemoryMiB: 81_559 },
    at: steps.map((step) => new Date(start + step * 10_000).toISOString()),
    ...columns,
    ...over,
  };
}

const steps = (count: number) => Array.from({ length: count }, (_, step) => step);
const spec = (id: string): PlotSpec =>
  required(
    plots.find((one) => one.id === id),
    id,
  );

describe("mergeSamples", () => {
  it("appends what came since, each once", () => {
    const merged = mergeSamples(aView([1, 2]), aView([2, 3, 4], { cpus: [9, 3, 4] }));
    expect(merged.at).toEqual(aView([1, 2, 3, 4]).at);
    expect(merged.cpus).toEqual([1, 1, 3, 4]);
  });

  it("lets the oldest go after an hour, in every column", () => {
    const merged = mergeSamples(aView(steps(361)), aView([361, 362]));
    expect(merged.at).toHaveLength(361);
    expect(merged.at.at(-1)).toBe(aView([362]).at[0]);
    for (const key of sampleKeys) expect(merged[key]).toHaveLength(361);
  });

  it("is what was known when nothing came", () => {
    const known = aView([1, 2]);
    expect(mergeSamples(known, aView([]))).toBe(known);
    expect(mergeSamples(known, aView([2]))).toBe(known);
  });
});

describe("plotData", () => {
  it("has times in seconds and a column for each series", () => {
    const [times, received, sent] = plotData(aView([0, 1], { sentBytesPerSecond: [null, 7] }), [
      "receivedBytesPerSecond",
      "sentBytesPerSecond",
    ]);
    expect(times).toEqual([start / 1_000, start / 1_000 + 10]);
    expect(received).toEqual([1, 1]);
    expect(sent).toEqual([null, 7]);
  });

  it("breaks the line where samples are missing, but not for a single one", () => {
    const [times, cpus] = plotData(aView([0, 2, 9]), ["cpus"]);
    expect(times.map((time) => time - start / 1_000)).toEqual([0, 20, 30, 90]);
    expect(cpus).toEqual([1, 1, null, 1]);
  });
});

it("extentOf passes over what is not known", () => {
  expect(extentOf([null, 3, 1, null])).toEqual({ last: null, least: 1, most: 3 });
  expect(extentOf([null])).toBeNull();
});

describe("axisTop", () => {
  const { limits } = aView([]);

  it("is all there is, where that is known", () => {
    expect(axisTop(spec("cpu"), limits, 1)).toBe(2);
    expect(axisTop(spec("memory"), limits, 1)).toBe(4 * gb);
    expect(axisTop(spec("memory"), { ...limits, memoryBytes: null }, 3 * gb)).toBe(5 * gb);
  });

  it("never cuts a value off", () => {
    expect(axisTop(spec("cpu"), limits, 2.4)).toBe(2.4);
    for (const most of [0, 1, 99_999, 102_400, 102_401, 5 * 1024 ** 2, 7.7 * gb]) {
      expect(axisTop(spec("network"), limits, most)).toBeGreaterThanOrEqual(most);
    }
  });

  it("ends at round figures, of 1024 where sizes are", () => {
    expect(axisTop(spec("network"), limits, null)).toBe(100 * 1024);
    expect(axisTop(spec("network"), limits, 3.1 * 1024 ** 2)).toBe(5 * 1024 ** 2);
    expect(axisTop(spec("gpu-power"), limits, 431)).toBe(500);
  });
});

describe("words", () => {
  it("tells how long a GPU has been idle, up to the latest sample", () => {
    const idle = [50, ...steps(150).map(() => 0)];
    const view = aView(steps(151), { gpuPercent: idle });
    expect(idleFor(view)).toBe(149 * 10_000);
    expect(factOf(spec("gpu-load"), view)).toEqual({ tone: "idle", text: "Idle for 24 min" });
  });

  it("does not call a pause idle, nor a silence, nor what it does not know", () => {
    expect(factOf(spec("gpu-load"), aView(steps(20), { gpuPercent: steps(20).map(() => 0) }))).toBeNull();
    expect(idleFor(aView([0, 1, 90, 91], { gpuPercent: [0, 0, 0, 0] }))).toBe(10_000);
    expect(idleFor(aView([0, 1], { gpuPercent: [null, null] }))).toBe(0);
    expect(idleFor(aView([]))).toBe(0);
  });

  it("warns of memory and of a workspace that fill up", () => {
    const memory = (bytes: number) => factOf(spec("memory"), aView([0], { memoryBytes: [bytes] }));
    expect(memory(3.5 * gb)).toBeNull();
    expect(memory(3.9 * gb)).toEqual({ tone: "warn", text: "97 % used; at 100 % programs are ended" });
    const disk = (bytes: number) => factOf(spec("disk"), aView([0], { diskBytes: [bytes] }))?.tone;
    expect([disk(30 * gb), disk(40 * gb), disk(48 * gb)]).toEqual([undefined, "warn", "bad"]);
  });

  it("gives values their unit, and says when one is not known", () => {
    const view = aView([0], { cpus: [1.424], memoryBytes: [1.5 * gb], gpuCelsius: [null] });
    expect(valueText(spec("cpu"), view)).toBe("1.42 CPUs");
    expect(valueText(spec("memory"), view)).toBe("1.50 GB");
    expect(valueText(spec("gpu-temperature"), view)).toBe("–");
    expect(valueText(spec("network"), view)).toBe("in 1 B/s, out 1 B/s");
    expect(limitText(spec("gpu-memory"), view)).toBe("of 80 GB");
    expect(limitText(spec("gpu-load"), view)).toBeNull();
  });

  it("tells every plot to who does not see it", () => {
    for (const one of plots) {
      const text = summaryOf(one, aView([0, 1]));
      expect(text).toContain(one.title);
      expect(text).not.toMatch(/undefined|null|NaN|Infinity/);
      expect(summaryOf(one, aView([]))).toContain("nothing measured");
    }
    expect(summaryOf(spec("cpu"), aView([0, 1], { cpus: [0.5, 1.9] }))).toBe(
      "CPU: now 1.90 CPUs, in the last hour between 0.50 CPUs and 1.90 CPUs. The axis ends at 2.00 CPUs, which is all there is.",
    );
  });
});

describe("programs", () => {
  it.each([
    ["/usr/bin/python3", "python3"],
    ["python train.py, --lr 0.1", "python train.py, --lr 0.1"],
    ["/", "/"],
    ["", "name not known"],
  ])("%j is called %j", (path, name) => expect(programName(path)).toBe(name));

  it("tell their memory, if the driver does", () => {
    expect([null, 40, 2_566].map(gpuMemoryText)).toEqual(["memory not known", "40 MB", "2.51 GB"]);
  });
});
