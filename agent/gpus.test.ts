import { readFile } from "node:fs/promises";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseCsv, readInventory, readUsage } from "./gpus";

const fixture = (name: string) => readFile(new URL(`fixtures/${name}.csv`, import.meta.url), "utf8");
const masked = "GPU-00000000-0000-0000-0000-000000000000";

describe("what real drivers print", () => {
  it("is read from an H100", async () => {
    const rows = parseCsv(await fixture("h100"));
    expect(readInventory(rows)).toEqual({
      gpus: [
        {
          index: 0,
          uuid: masked,
          model: "NVIDIA H100 80GB HBM3",
          memoryMiB: 81559,
          driver: "590.48.01",
          simulated: false,
        },
      ],
      problems: [],
    });
    const [sample] = readUsage(rows);
    expect(sample?.utilizationPercent).toBeGreaterThan(50);
    expect(sample?.powerW).toBeGreaterThan(300);
    expect(rows[0]?.get("fan.speed")).toBeNull();
  });

  it("is read from a card that lacks what data centre cards have", async () => {
    const rows = parseCsv(await fixture("rtx4080super"));
    expect(readInventory(rows).gpus[0]?.model).toBe("NVIDIA GeForce RTX 4080 SUPER");
    expect(rows[0]?.get("temperature.memory")).toBeNull();
  });
});

describe("what a driver does not say", () => {
  it.each(["N/A", "[N/A]", "[Not Supported]", "[Insufficient Permissions]", "[Unknown Error]", ""])(
    "is null for %j",
    (token) => {
      const [sample] = readUsage(parseCsv(`uuid, utilization.gpu [%]\n${masked}, ${token}\n`));
      expect(sample?.utilizationPercent).toBeNull();
    },
  );

  it("keeps a GPU without memory size from being offered and says which", () => {
    const text = `index, uuid, name, memory.total [MiB], driver_version\n3, ${masked}, NVIDIA GB10, [N/A], 590\n`;
    const { gpus, problems } = readInventory(parseCsv(text));
    expect(gpus).toEqual([]);
    expect(problems).toEqual([expect.stringContaining("GPU 3 (NVIDIA GB10)")]);
  });
});

it("reads any text without throwing, and offers nothing without a uuid", () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      const rows = parseCsv(text);
      expect(readInventory(rows).gpus).toEqual([]);
      expect(readUsage(rows)).toEqual([]);
    }),
  );
});
