import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { decode } from "fast-png";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Findings } from "@/lib/competitions/folder/problems";
import { readCompetitionFolder } from "@/lib/competitions/folder/read";
import { scoreGiven } from "@/lib/competitions/folder/score";
import { digestedFile, listTree } from "@/lib/competitions/folder/tree";
import { digestOfAll } from "@/lib/competitions/scoring/files";
import { buildBrainCompetitions } from "./build";
import { installedTemplates } from "./mricron";

const templates = installedTemplates();
if (templates === null) process.stdout.write("not run: Debian's package mricron-data is not installed\n");

let into: string;
beforeAll(() => {
  into = mkdtempSync(join(tmpdir(), "medforge-brain-"));
});
afterAll(() => rmSync(into, { recursive: true }));

async function digestOf(dir: string): Promise<string> {
  const tree = await listTree(dir, new Findings());
  const digests = new Map<string, string>();
  for (const name of tree.names) digests.set(name, (await digestedFile(tree, name, name)).sha256);
  return digestOfAll(digests);
}

describe.skipIf(templates === null)("competitions of mricron-data", () => {
  let dirs: string[] = [];
  beforeAll(async () => {
    dirs = await buildBrainCompetitions(templates ?? "", into);
  }, 60_000);

  it("are the same bytes wherever they are built", async () => {
    expect(dirs).toEqual([join(into, "deep-grey-matter"), join(into, "brain-slices")]);
    expect(await Promise.all(dirs.map(digestOf))).toEqual([
      "60483c96ee305eccae435c5eac65f7db2ed9f50c10e33fc911f415cc63522719",
      "aa4a84258f2ff58b876b6f383708d2682e0af4bdf0ec8b79c4e01dab44d5a429",
    ]);
  });

  it("deep-grey-matter: whole; its baseline scores as numpy says, its sample nothing", async () => {
    const folder = await readCompetitionFolder(join(into, "deep-grey-matter"));
    expect(folder).toMatchObject({ counts: { public: 6, private: 10 }, picture: { type: "png" } });
    expect(folder.data.reduce((sum, { size }) => sum + size, 0)).toBeLessThan(2 ** 20);
    const [sample, baseline] = await scoreGiven(folder);
    expect(sample?.report.primary).toEqual({ public: 0, private: 0 });
    expect(baseline?.report.primary.public).toBeCloseTo(0.5159184010926481, 12);
    expect(baseline?.report.primary.private).toBeCloseTo(0.5915270346799271, 12);
  });

  it("brain-slices: whole; every box lies in its image, every class in both splits", async () => {
    const dir = join(into, "brain-slices");
    const folder = await readCompetitionFolder(dir);
    expect(folder.counts).toEqual({ public: 24, private: 48 });
    expect(folder.data.reduce((sum, { size }) => sum + size, 0)).toBeLessThan(3 * 2 ** 20);
    const [sample, baseline] = await scoreGiven(folder);
    expect(sample?.report.primary.private).toBeLessThan(0.01);
    for (const split of ["public", "private"] as const)
      expect(baseline?.report.primary[split]).toBeGreaterThan(0.1);
    const lines = (name: string) => readFileSync(join(dir, name), "utf8").trim().split("\n").slice(1);
    const splitOf = new Map(
      lines("private/truth_images.csv").map((line) => line.split(",") as [string, string]),
    );
    const seen = new Set<string>();
    for (const line of [...lines("private/truth_boxes.csv"), ...lines("public/train_boxes.csv")]) {
      const [id = "", label, ...sides] = line.split(",");
      const [x = 0, y = 0, width = 0, height = 0] = sides.map(Number);
      expect(x >= 0 && y >= 0 && x + width <= 90 && y + height <= 217, line).toBe(true);
      seen.add(`${splitOf.get(id) ?? "train"} ${label}`);
    }
    expect(seen.size).toBe(3 * folder.evaluation.classes.length);
    const [id] = splitOf.keys();
    expect(decode(readFileSync(join(dir, "picture.png")))).toMatchObject({ width: 480, height: 320 });
    const image = decode(readFileSync(join(dir, `public/images/${id}.png`)));
    expect(image).toMatchObject({ width: 90, height: 217, channels: 1, depth: 8 });
  });

  it("other volumes than those that were looked at are refused", async () => {
    const other = mkdtempSync(join(into, "other-"));
    writeFileSync(join(other, "ch2.nii.gz"), "x");
    await expect(buildBrainCompetitions(other, into)).rejects.toThrow(
      /is not the version that this was made for/,
    );
  });
});
