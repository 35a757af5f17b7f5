import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, renameSync, rmSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { folderLimits } from "./limits";
import { readCompetitionFolder, readEvaluationFolder } from "./read";
import { scoreGiven } from "./score";
import {
  binaryEvaluation,
  binaryFiles,
  competitionFile,
  type Files,
  maskFiles,
  masksEvaluation,
  problemsOf,
  readFiles,
  temporaryParent,
  writeFolder,
} from "./testing/folders";
import type { FolderFile } from "./tree";

let parent: string;
beforeAll(() => {
  parent = temporaryParent();
});
afterAll(() => rmSync(parent, { recursive: true }));

async function bytesOf(file: FolderFile): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of file.open()) chunks.push(chunk);
  return Buffer.concat(chunks);
}

const sha256 = (bytes: string | Buffer) => createHash("sha256").update(bytes).digest("hex");

describe("a folder that is whole", () => {
  it("says what it holds, with sizes, digests and defaults", async () => {
    const folder = await readFiles(parent, binaryFiles);
    expect(folder.competition).toEqual({
      slug: "small-one",
      title: "A small one",
      source: "Made up",
      licence: "CC0-1.0",
      description: "description.md",
      evaluation: "evaluation.json",
      exposure: "external",
      visibility: "public",
      summary: "A small one",
      rules: "rules.md",
      limits: { daily: 5, total: null, uploadBytes: 104857600 },
      showsPublicTruth: false,
      opensAt: null,
      closesAt: null,
    });
    expect(folder.said).toEqual({ title: "A small one", description: "# A small one\n" });
    expect(folder.description).toBe("# A small one\n");
    expect(folder.counts).toEqual({ public: 2, private: 2 });
    expect(folder.data.map(({ name }) => name)).toEqual(["test.csv", "train.csv", "sample_submission.csv"]);
    const truth = String(binaryFiles["private/truth.csv"]);
    expect(folder.truth).toMatchObject([{ name: "truth.csv", size: truth.length, sha256: sha256(truth) }]);
    expect(folder.truthDigest).toBe(sha256(`${sha256(truth)}  truth.csv\n`));
    expect(folder.baseline?.name).toBe("baseline_submission.csv");
  });

  it("has a picture that is what it is called, and not more than one", async () => {
    const [png, jpg, webp] = ["89504e470d0a1a0a00", "ffd8ffe000", "524946460000000057454250"].map((hex) =>
      Buffer.from(hex ?? "", "hex"),
    ) as [Buffer, Buffer, Buffer];
    expect((await readFiles(parent, binaryFiles)).picture).toBeNull();
    for (const [type, bytes] of Object.entries({ png, jpg, webp })) {
      const { picture, data } = await readFiles(parent, { ...binaryFiles, [`picture.${type}`]: bytes });
      expect(picture).toMatchObject({ type, file: { size: bytes.length, sha256: sha256(bytes) } });
      expect(data.map(({ name }) => name)).not.toContain(`picture.${type}`);
    }
    const wrong = { ...binaryFiles, "picture.png": Buffer.concat([jpg, png]), "picture.webp": webp };
    expect(await problemsOf(writeFolder(parent, wrong))).toEqual([
      "picture.webp: There is a picture.png: one of them is enough.",
      "picture.png: It is no PNG by its first bytes.",
    ]);
    const large = { ...binaryFiles, "picture.png": Buffer.concat([png, Buffer.alloc(2 * 2 ** 20)]) };
    expect((await problemsOf(writeFolder(parent, large))).join()).toContain(
      "picture.png: It has more than 2097152 bytes",
    );
  });

  it("says its settings and its rules", async () => {
    const settings = {
      summary: "Four cells",
      exposure: "internal",
      visibility: "invite",
      rules: "house-rules.md",
      limits: { daily: null, total: 3, uploadBytes: 1000 },
      opensAt: "2026-01-01T00:00:00Z",
    };
    const folder = await readFiles(parent, {
      ...binaryFiles,
      "competition.json": JSON.stringify({ ...competitionFile, ...settings }),
      "house-rules.md": "Be fair.",
    });
    expect(folder.competition).toMatchObject(settings);
    expect(folder.rules).toBe("Be fair.");
    expect(folder.said).toEqual({
      ...{ title: "A small one", summary: "Four cells", visibility: "invite" },
      ...{ description: "# A small one\n", rules: "Be fair." },
      ...{ dailyLimit: null, totalLimit: 3, maxUploadBytes: 1000, opensAt: "2026-01-01T00:00:00Z" },
    });
  });

  it("needs neither description, baseline nor checks", async () => {
    const folder = await readFiles(parent, {
      ...binaryFiles,
      "description.md": null,
      "private/baseline_submission.csv": null,
      "private/checks.json": null,
    });
    expect(folder.description).toBe("Source: Made up\n\nLicence: CC0-1.0\n");
    expect(folder).toMatchObject({ baseline: null, checks: null, rules: "" });
  });

  it("may be from before the format had a name, with its builder's remarks", async () => {
    const { schema: _, ...named } = competitionFile;
    const old = JSON.stringify({ ...named, kind: "tabular", counts: { train: 1 } });
    const { competition } = await readFiles(parent, { ...binaryFiles, "competition.json": old });
    expect(competition).toMatchObject({ slug: "small-one", exposure: "external", limits: { daily: 5 } });
  });

  it("takes a folder of masks as the zip of them, the same bytes each time", async () => {
    const [one, other] = [await readFiles(parent, maskFiles), await readFiles(parent, maskFiles)];
    const zip = await bytesOf(one.sample);
    expect(one.sample).toMatchObject({
      name: "sample_submission.zip",
      size: zip.length,
      sha256: sha256(zip),
    });
    expect(await bytesOf(other.sample)).toEqual(zip);
    expect(one.data.map(({ name }) => name)).toEqual(["images/m1.nii.gz", "sample_submission.zip"]);
    const [score] = await scoreGiven(one);
    expect(score?.report.primary).toEqual({ public: 2 / 3, private: 2 / 3 });
    expect(score?.report.digests.submission).toBe(one.sample.sha256);
  });

  it("tells which scores come out otherwise than it says", async () => {
    const checks = JSON.stringify({
      "baseline_submission/public": { roc_auc: 0.5, log_loss: 0.2899092476264711 },
    });
    const folder = await readFiles(parent, { ...binaryFiles, "private/checks.json": checks });
    const [, baseline] = await scoreGiven(folder);
    expect(baseline?.differences).toEqual([
      { submission: "baseline_submission", split: "public", metric: "roc_auc", expected: 0.5, actual: 1 },
    ]);
  });
});

const changed = (over: object) => JSON.stringify({ ...competitionFile, ...over });
const evaluated = (over: object) => JSON.stringify({ ...binaryEvaluation, ...over });

describe("what is wrong is named by file and field", () => {
  const cases: [string, Files, string[]][] = [
    [
      "everything at once",
      {
        "competition.json": changed({ slug: "Small One", licence: "", limits: { daily: 0 }, prize: 1 }),
        "evaluation.json": evaluated({ primary: { metric: "roc_auc", direction: "min" } }),
      },
      [
        "competition.json: slug: Lower-case letters and digits, in words joined by single hyphens.",
        "competition.json: licence: Required.",
        "competition.json: limits.daily: A whole number between 1 and 1000000.",
        "competition.json: prize: There is no such field.",
        "evaluation.json: primary.direction: Only max: so roc_auc gets better.",
      ],
    ],
    [
      "whatever a wrong slug or manifest does not decide",
      {
        "competition.json": changed({ slug: "Small One", rules: "house-rules.md" }),
        "evaluation.json": evaluated({ primary: { metric: "roc_auc", direction: "min" } }),
        "house-rules.md": "\n",
        "notes.txt": "x",
        "public/answers.csv": binaryFiles["private/truth.csv"] ?? "",
        "public/sample_submission.csv": null,
      },
      [
        "competition.json: slug: Lower-case letters and digits, in words joined by single hyphens.",
        "house-rules.md: It is empty.",
        "evaluation.json: primary.direction: Only max: so roc_auc gets better.",
        "public/sample_submission: Missing: it shows what a submission looks like.",
        "notes.txt: A competition's folder has no such file.",
        "public/answers.csv: The same as private/truth.csv: everybody could read it.",
      ],
    ],
    [
      "every line of a truth, and what else there is",
      {
        "private/truth.csv": "id,label,split\na1,odd,public\na2,benign\na3,benign,secret\na3,benign,public\n",
        "notes.txt": "x",
      },
      [
        "private/truth.csv: Line 2: label is “odd”, and none of the classes.",
        "private/truth.csv: Line 3 has 2 fields, the header has 3.",
        "private/truth.csv: Line 4: split is “secret”, and neither public nor private.",
        "private/truth.csv: Line 5 has the id “a3” a second time.",
        "notes.txt: A competition's folder has no such file.",
      ],
    ],
    [
      "lines up to where a truth is no table any more, and no more than a hundred",
      { "private/truth.csv": `id,label\n,benign\n"a\n` },
      [
        "private/truth.csv: Line 2 has no id.",
        "private/truth.csv: The quote that line 3 opens is never closed.",
      ],
    ],
    [
      "no more lines than a hundred",
      { "private/truth.csv": `id,label\n${",benign\n".repeat(300)}` },
      [
        ...Array.from({ length: 100 }, (_, n) => `private/truth.csv: Line ${n + 2} has no id.`),
        "private/truth.csv: More than 100 lines are wrong: the others are not looked at.",
      ],
    ],
    [
      "the address of another page",
      { "competition.json": changed({ slug: "rankings" }) },
      ["competition.json: slug: The console has another page there."],
    ],
    ["no competition.json", { "competition.json": null }, ["competition.json: Missing."]],
    [
      "JSON that is none",
      { "competition.json": "{", "private/checks.json": "[]" },
      [
        expect.stringMatching(/^competition\.json: Not valid JSON: /),
        "private/checks.json: An object with named fields.",
      ],
    ],
    [
      "settings without the format's name",
      { "competition.json": changed({ schema: undefined, limits: {} }) },
      ['competition.json: limits: Only with "schema": "medforge/competition@1".'],
    ],
    [
      "another format",
      { "competition.json": changed({ schema: "medforge/competition@2" }) },
      ["competition.json: schema: Only medforge/competition@1."],
    ],
    [
      "a path that leads out",
      { "competition.json": changed({ evaluation: "../evaluation.json", description: "public/../x.md" }) },
      ["competition.json: description: A file's name.", "competition.json: evaluation: A file's name."],
    ],
    [
      "an end before its beginning",
      { "competition.json": changed({ opensAt: "2026-02-01T00:00:00Z", closesAt: "2026-01-01T00:00:00Z" }) },
      ["competition.json: closesAt: After opensAt."],
    ],
    [
      "rules that are named and missing",
      { "competition.json": changed({ rules: "house-rules.md" }) },
      ["house-rules.md: Missing."],
    ],
    ["a description of nothing", { "description.md": "\n" }, ["description.md: It is empty."]],
    [
      "a description with an escape sequence",
      { "description.md": "\u001b[2J" },
      ["description.md: It has control characters."],
    ],
    [
      "bytes that are no text",
      { "description.md": Buffer.from([0xff]) },
      ["description.md: It is not UTF-8."],
    ],
    [
      "a document that is too long",
      { "description.md": "x".repeat(folderLimits.documentBytes + 1) },
      ["description.md: It has more than 1048576 bytes."],
    ],
    ["no truth", { "private/truth.csv": null }, ["private/truth.csv: Missing: the truth is made of it."]],
    [
      "a truth that is wrong",
      { "private/truth.csv": "id,label\na1,benign\na1,benign\n" },
      ["private/truth.csv: Line 3 has the id “a1” a second time."],
    ],
    [
      "nothing public",
      { "private/truth.csv": "id,label,split\na1,benign,private\n" },
      ["private/truth.csv: split: No case is public: there would be nothing to show."],
    ],
    [
      "no sample",
      { "public/sample_submission.csv": null },
      ["public/sample_submission.csv: Missing: it shows what a submission looks like."],
    ],
    [
      "a sample that nobody might submit",
      { "competition.json": changed({ limits: { uploadBytes: 20 } }) },
      [
        "public/sample_submission.csv: Larger than the 20 bytes that a submission may have.",
        "private/baseline_submission.csv: Larger than the 20 bytes that a submission may have.",
      ],
    ],
    [
      "checks of what is not there",
      { "private/baseline_submission.csv": null },
      ["private/checks.json: baseline_submission/public: There is no baseline submission."],
    ],
    [
      "checks of who knows what",
      { "private/checks.json": '{ "winner/public": {} }' },
      ["private/checks.json: winner/public: There is no such field."],
    ],
    [
      "files by other names",
      { "private/truth-old.csv": "x", "notes.txt": "x", "private/truth/a1.nii.gz": "x" },
      [
        "notes.txt: A competition's folder has no such file.",
        "private/truth-old.csv: A competition's folder has no such file.",
        "private/truth/a1.nii.gz: A competition's folder has no such file.",
      ],
    ],
    [
      "the truth among the data",
      { "public/answers.csv": binaryFiles["private/truth.csv"] ?? "" },
      ["public/answers.csv: The same as private/truth.csv: everybody could read it."],
    ],
  ];
  it.for(cases)("%s", async ([, over, wanted]) => {
    expect(await problemsOf(writeFolder(parent, { ...binaryFiles, ...over }))).toEqual(wanted);
  });

  it("a volume too few, a volume too many", async () => {
    const { "private/truth/m2.nii.gz": m2 = "", ...others } = maskFiles;
    const dir = writeFolder(parent, { ...others, "private/truth/m3.nii.gz": m2 });
    expect(await problemsOf(dir)).toEqual([
      "private/truth/m2.nii.gz: Missing, and truth.csv has the case.",
      "private/truth/m3.nii.gz: truth.csv has no such case.",
    ]);
  });

  it("a truth of several files whose table is wrong is not called names", async () => {
    const masks = writeFolder(parent, {
      ...maskFiles,
      "private/truth.csv": "id,split\nm1,odd\nm2,private\n",
    });
    expect(await problemsOf(masks)).toEqual([
      "private/truth.csv: Line 2: split is “odd”, and neither public nor private.",
    ]);
  });

  it("a sample twice, and one with folders inside", async () => {
    const both = writeFolder(parent, { ...maskFiles, "public/sample_submission.zip": "x" });
    expect(await problemsOf(both)).toContain(
      "public/sample_submission: There is a sample_submission.zip and a folder: one of them is enough.",
    );
    const nested = writeFolder(parent, { ...maskFiles, "public/sample_submission/a/m1.nii.gz": "x" });
    expect(await problemsOf(nested)).toContain(
      "public/sample_submission/a/m1.nii.gz: The volumes of a submission lie in no further folder.",
    );
  });

  it("an evaluation alone takes the folder's own baseline and checks, and passes over what they are of", async () => {
    const { "competition.json": _, "description.md": __, ...scored } = binaryFiles;
    const { "public/train.csv": ___, "public/test.csv": ____, ...files } = scored;
    const read = (over: Files) => readEvaluationFolder(writeFolder(parent, { ...files, ...over }), 1000);
    expect(await read({})).toMatchObject({ counts: { public: 2, private: 2 }, sample: { size: 43 } });
    expect((await read({ "private/baseline_submission.csv": null })).checks).not.toBeNull();
    await expect(read({ "public/train.csv": "x", "private/old.csv": "x" })).rejects.toThrow(
      "private/old.csv: An evaluation's folder has no such file.\npublic/train.csv: An evaluation's folder has no such file.",
    );
  });

  it("no folder at all", async () => {
    expect(await problemsOf(join(parent, "nowhere"))).toEqual([
      `.: ${join(parent, "nowhere")} is no folder.`,
    ]);
  });

  it("an evaluation of masks, by its field", async () => {
    const evaluation = JSON.stringify({ ...masksEvaluation, metrics: ["mean_dice", "mean_nsd"] });
    const [problem] = await problemsOf(writeFolder(parent, { ...maskFiles, "evaluation.json": evaluation }));
    expect(problem).toMatch(/^evaluation\.json: metrics\.1: One of: mean_dice, /);
  });
});

describe("tricks", () => {
  it("links, pipes and names that are none are refused", async () => {
    const dir = writeFolder(parent, {
      ...binaryFiles,
      "public/.hidden": "x",
      "public/a\nb": "x",
      "public/x.": "x",
      "public/é": "x",
    });
    symlinkSync("/etc/passwd", join(dir, "public/link.csv"));
    symlinkSync("/etc", join(dir, "public/folder"));
    execFileSync("mkfifo", [join(dir, "public/pipe")]);
    const problems = await problemsOf(dir);
    const names =
      "Names have letters A to Z, digits and . _ - in them, begin with a letter or digit and end with no dot.";
    expect(problems.sort()).toEqual([
      `public/.hidden: ${names}`,
      `public/a\\nb: ${names}`,
      "public/folder: A symbolic link: put the file itself.",
      "public/link.csv: A symbolic link: put the file itself.",
      "public/pipe: Neither a file nor a folder.",
      `public/x.: ${names}`,
      `public/é: ${names}`,
    ]);
  });

  it("depth and size have an end", async () => {
    const dir = writeFolder(parent, binaryFiles);
    mkdirSync(join(dir, "public/1/2/3/4/5/6/7/8"), { recursive: true });
    expect(await problemsOf(dir)).toEqual(["public/1/2/3/4/5/6/7/8: Folders lie at most 8 deep."]);
    rmSync(join(dir, "public/1"), { recursive: true });
    writeFileSync(join(dir, "public/huge.bin"), "");
    truncateSync(join(dir, "public/huge.bin"), folderLimits.fileBytes + 1);
    expect(await problemsOf(dir)).toEqual([
      "public/huge.bin: It has more than 68719476736 bytes: 68719476737.",
    ]);
  });

  it.for(["public/test.csv", "public"])("%s that becomes a link later is not followed", async (name) => {
    const dir = writeFolder(parent, binaryFiles);
    const { data } = await readCompetitionFolder(dir);
    const aside = join(parent, `aside-${name.replace("/", "-")}`);
    renameSync(join(dir, name), aside);
    symlinkSync(aside, join(dir, name));
    const [test] = data;
    await expect(test && bytesOf(test)).rejects.toThrow(/ELOOP|not the file any more/);
  });
});
