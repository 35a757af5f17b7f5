import {
  appendFileSync,
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { scoreFiles } from "../scoring/score";
import { type CompetitionFolder, readCompetitionFolder } from "./read";
import { type CompetitionStore, storeDataset, storeEvaluation, storeSubmission } from "./store";
import {
  binaryFiles,
  competitionFile,
  maskFiles,
  readFiles,
  temporaryParent,
  writeFolder,
} from "./testing/folders";
import type { FolderFile } from "./tree";

let parent: string;
let store: CompetitionStore;
let masks: CompetitionFolder;
beforeAll(async () => {
  parent = temporaryParent();
  masks = await readFiles(parent, maskFiles);
});
beforeEach(() => {
  store = { dir: join(parent, `store-${Math.random()}`) };
  mkdirSync(store.dir);
});
afterAll(() => rmSync(parent, { recursive: true }));

const at = (...names: string[]) => join(store.dir, ...names);
const modeOf = (path: string) => lstatSync(path).mode & 0o7777;

/** As a disk that fails half-way: the first bytes, then none. */
function failing(file: FolderFile): FolderFile {
  return {
    ...file,
    open: async function* () {
      yield new Uint8Array(1);
      throw new Error("The disk is gone.");
    },
  };
}

describe("an evaluation in the store", () => {
  it("lies as the scorer wants it, and scores as the folder does", async () => {
    const id = await storeEvaluation(store, masks);
    expect(id).toMatch(/^evl_[a-z2-7]{16}$/);
    const dir = at("evaluations", id);
    expect(readdirSync(dir, { recursive: true, encoding: "utf8" }).sort()).toEqual(
      ["evaluation.json", "sample", "truth", "truth/truth", "truth/truth.csv"].concat([
        "truth/truth/m1.nii.gz",
        "truth/truth/m2.nii.gz",
      ]),
    );
    for (const folder of ["", "truth", "truth/truth"]) expect(modeOf(join(dir, folder))).toBe(0o2750);
    for (const file of ["evaluation.json", "sample", "truth/truth/m1.nii.gz"])
      expect(modeOf(join(dir, file))).toBe(0o440);
    const report = await scoreFiles({
      evaluation: join(dir, "evaluation.json"),
      truth: join(dir, "truth"),
      submission: join(dir, "sample"),
    });
    expect(report.digests).toEqual({
      evaluation: masks.evaluationFile.sha256,
      truth: masks.truthDigest,
      submission: masks.sample.sha256,
    });
  });

  it("is the same for the same content, and another for another competition, content or installation", async () => {
    const id = await storeEvaluation(store, masks);
    expect(await storeEvaluation(store, await readFiles(parent, maskFiles))).toBe(id);
    expect(readdirSync(at("evaluations"))).toEqual([id]);
    const slug = JSON.stringify({ ...competitionFile, slug: "another" });
    const another = await storeEvaluation(
      store,
      await readFiles(parent, { ...maskFiles, "competition.json": slug }),
    );
    const split = "id,split\nm1,private\nm2,public\n";
    const changed = await storeEvaluation(
      store,
      await readFiles(parent, { ...maskFiles, "private/truth.csv": split }),
    );
    mkdirSync(at("elsewhere"));
    const elsewhere = await storeEvaluation({ dir: at("elsewhere") }, masks);
    expect(new Set([id, another, changed, elsewhere]).size).toBe(4);
    expect(modeOf(at("key"))).toBe(0o400);
  });

  it("is put there once by however many do it at once", async () => {
    const ids = await Promise.all(Array.from({ length: 8 }, () => storeEvaluation(store, masks)));
    expect(new Set(ids).size).toBe(1);
    expect(readdirSync(at("evaluations"))).toEqual([ids[0]]);
    expect(readdirSync(store.dir).sort()).toEqual(["evaluations", "key"]);
  });

  it("cut off at any file leaves nothing to be seen, and the next run goes on", async () => {
    const id = await storeEvaluation(store, masks);
    rmSync(at("evaluations", id), { recursive: true });
    const broken = [
      { ...masks, evaluationFile: failing(masks.evaluationFile) },
      { ...masks, sample: failing(masks.sample) },
      ...masks.truth.map((_, place) => ({
        ...masks,
        truth: masks.truth.map((file, index) => (index === place ? failing(file) : file)),
      })),
    ];
    for (const folder of broken) {
      await expect(storeEvaluation(store, folder)).rejects.toThrow("The disk is gone.");
      expect(readdirSync(at("evaluations"))).toEqual([]);
    }
    expect(await storeEvaluation(store, masks)).toBe(id);
  });

  it("takes away what a killed process left, once nobody can be at it any more", async () => {
    await storeDataset(store, masks);
    for (const name of [".staged-old", ".staged-young"]) {
      mkdirSync(at("evaluations", name), { recursive: true });
      writeFileSync(at("evaluations", name, "sample"), "half");
    }
    const longAgo = Date.now() / 1000 - 25 * 3600;
    utimesSync(at("evaluations/.staged-old"), longAgo, longAgo);
    const id = await storeEvaluation(store, masks);
    expect(readdirSync(at("evaluations")).sort()).toEqual([".staged-young", id]);
  });

  it.for([
    ["changed", (dir: string) => appendFileSync(join(dir, "truth/truth.csv"), "m3,public\n")],
    ["missing", (dir: string) => rmSync(join(dir, "sample"))],
    ["too many", (dir: string) => writeFileSync(join(dir, "truth/more"), "")],
  ] as const)("a file that is %s by now is told", async ([, change]) => {
    const id = await storeEvaluation(store, masks);
    const dir = at("evaluations", id);
    for (const path of [dir, join(dir, "truth"), join(dir, "truth/truth.csv")]) chmodSync(path, 0o700);
    change(dir);
    await expect(storeEvaluation(store, masks)).rejects.toThrow(`${dir} is not what was put there`);
  });

  it("a folder that changes after it was read is not stored", async () => {
    const dir = writeFolder(parent, binaryFiles);
    const folder = await readCompetitionFolder(dir);
    appendFileSync(join(dir, "private/truth.csv"), "a5,benign,public\n");
    await expect(storeEvaluation(store, folder)).rejects.toThrow(
      "truth/truth.csv changed while it was copied.",
    );
    expect(readdirSync(at("evaluations"))).toEqual([]);
  });
});

describe("data sets and submissions in the store", () => {
  it("data are web's alone, by their names", async () => {
    const id = await storeDataset(store, masks);
    expect(id).toMatch(/^dsv_[a-z2-7]{16}$/);
    expect(readdirSync(at("datasets", id)).sort()).toEqual(["images", "sample_submission.zip"]);
    expect(modeOf(at("datasets", id, "images"))).toBe(0o700);
    expect(modeOf(at("datasets", id, "images/m1.nii.gz"))).toBe(0o400);
    expect(readFileSync(at("datasets", id, "images/m1.nii.gz"))).toEqual(
      maskFiles["public/images/m1.nii.gz"],
    );
  });

  it("a submission is named by its content, and put there once", async () => {
    const { sha256 } = masks.sample;
    const names = await Promise.all(Array.from({ length: 4 }, () => storeSubmission(store, masks.sample)));
    expect(new Set(names)).toEqual(new Set([`submissions/${sha256.slice(0, 2)}/${sha256}`]));
    expect(readdirSync(at("submissions"))).toEqual([sha256.slice(0, 2)]);
    expect(modeOf(at(names[0] ?? ""))).toBe(0o440);
    expect(modeOf(at("submissions"))).toBe(0o2750);
    const file = at(names[0] ?? "");
    utimesSync(file, 0, 0);
    await storeSubmission(store, masks.sample);
    // By its age the sweep knows that somebody is about to name it.
    expect(Date.now() - lstatSync(file).mtimeMs).toBeLessThan(60_000);
    await expect(storeSubmission(store, { ...failing(masks.sample), sha256: "00ff" })).rejects.toThrow(
      "disk",
    );
    expect(existsSync(at("submissions/00/00ff"))).toBe(false);
  });

  it.skipIf(process.getuid?.() !== 0)("root gives them to whom they belong", async () => {
    store = { ...store, owners: { web: 4001, webGroup: 4002, scorerGroup: 4003 } };
    const [evaluation, dataset] = [await storeEvaluation(store, masks), await storeDataset(store, masks)];
    const ownerOf = (...names: string[]) => {
      const { uid, gid } = lstatSync(at(...names));
      return `${uid}:${gid}`;
    };
    for (const name of ["", "sample", "truth", "truth/truth/m1.nii.gz"])
      expect(ownerOf("evaluations", evaluation, name), name).toBe("4001:4003");
    expect(modeOf(at("evaluations", evaluation, "truth"))).toBe(0o2750);
    for (const name of ["", "images", "images/m1.nii.gz"])
      expect(ownerOf("datasets", dataset, name), name).toBe("4001:4002");
    expect([ownerOf("evaluations"), ownerOf("datasets"), ownerOf("key")]).toEqual([
      "4001:4003",
      "4001:4002",
      "4001:4002",
    ]);
  });
});
