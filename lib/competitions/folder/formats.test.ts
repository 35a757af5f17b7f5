import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Rejection } from "../scoring/errors";
import { parseEvaluation } from "../scoring/manifest";
import { scoreFiles } from "../scoring/score";
import { niftiFile } from "../scoring/testing/nifti-file";
import { folderLimits, nameProblem } from "./limits";
import { scoreGiven } from "./score";
import { type Files, problemsOf, readFiles, temporaryParent, writeFolder } from "./testing/folders";

const page = readFileSync(
  fileURLToPath(new URL("../../../docs/dataset-formats.md", import.meta.url)),
  "utf8",
);
const tasks = ["labels", "binary_probability", "multiclass_probability", "boxes", "masks"] as const;

let parent: string;
beforeAll(() => {
  parent = temporaryParent();
});
afterAll(() => rmSync(parent, { recursive: true }));

/** The fenced blocks that name a file, by it. */
function filesIn(text: string): Files {
  return Object.fromEntries(
    [...text.matchAll(/^```(?:json|csv) (\S+)\n(.*?)^```$/gms)].map(([, name = "", content = ""]) => [
      name,
      content,
    ]),
  );
}

/** From one heading to the next. */
function section(heading: string): string {
  const [, after = ""] = page.split(`\n${heading}\n`);
  expect(after, heading).not.toBe("");
  return after.split(/^#/m)[0] ?? "";
}

const rowsOf = (text: string) =>
  [...text.matchAll(/^\| (`.*) \|$/gm)].map(([, row = ""]) => row.split(" | ").map((cell) => cell.trim()));
const unquoted = (cell: string | undefined) => (cell ?? "").replace(/^`|`$/g, "");

const competition = filesIn(section("### competition.json"));
const volume = (voxels: number[]) => gzipSync(niftiFile({ voxels: Buffer.from(voxels) }));
const volumes: Files = {
  "private/truth/m1.nii.gz": volume([1, 1, 2, 2, 0, 0, 0, 0]),
  "private/truth/m2.nii.gz": volume([0, 0, 0, 0, 1, 1, 2, 2]),
  "public/sample_submission/m1.nii.gz": volume([1, 1, 2, 0, 0, 0, 0, 0]),
  "public/sample_submission/m2.nii": niftiFile({ voxels: Buffer.from([0, 0, 0, 0, 1, 2, 2, 2]) }),
};

function folderOf(task: (typeof tasks)[number]): Files {
  return { ...competition, ...filesIn(section(`### \`${task}\``)), ...(task === "masks" ? volumes : {}) };
}

describe("docs/dataset-formats.md", () => {
  it.for(tasks)("has an example of %s that is a competition and gets a score", async (task) => {
    const folder = await readFiles(parent, folderOf(task));
    expect(folder.evaluation.task).toBe(task);
    const [sample] = await scoreGiven(folder);
    for (const metric of folder.evaluation.metrics)
      expect(sample?.report.splits.public?.[metric], metric).toEqual(expect.any(Number));
    if (folder.counts.private > 0) expect(sample?.report.primary.private).toEqual(expect.any(Number));
  });

  it("says what a competition.json may have and what holds without it", async () => {
    const { competition: parsed } = await readFiles(parent, folderOf("labels"));
    const flat = {
      ...parsed,
      ...Object.fromEntries(Object.entries(parsed.limits).map(([k, v]) => [`limits.${k}`, v])),
    };
    const { limits: _, ...wanted } = flat;
    const rows = new Map(
      rowsOf(section("### competition.json")).map(([field, without]) => [unquoted(field), without]),
    );
    expect([...rows.keys()].sort()).toEqual(Object.keys(wanted).sort());
    for (const [field, without] of rows)
      if (without?.startsWith("`"))
        expect(wanted[field as keyof typeof wanted], field).toEqual(JSON.parse(unquoted(without)));
    const given = JSON.parse(String(competition["competition.json"]));
    const isRequired = (field: string) => rows.get(field) === "required";
    expect(Object.keys(given).filter((field) => field !== "schema")).toEqual(
      [...rows.keys()].filter(isRequired),
    );
    for (const field of Object.keys(given).filter(isRequired)) {
      const less = JSON.stringify({ ...given, [field]: undefined });
      const dir = writeFolder(parent, { ...folderOf("labels"), "competition.json": less });
      expect(await problemsOf(dir)).toEqual([`competition.json: ${field}: Required.`]);
    }
  });

  it("has the checks' form", async () => {
    const checks = filesIn(section("### checks.json"));
    const sample = folderOf("binary_probability")["public/sample_submission.csv"] ?? "";
    const baseline = { "private/baseline_submission.csv": sample };
    const folder = await readFiles(parent, { ...folderOf("binary_probability"), ...baseline, ...checks });
    const found = (await scoreGiven(folder)).flatMap(({ differences }) => differences);
    expect(found.map(({ submission, split, metric }) => `${submission}/${split} ${metric}`)).toEqual([
      "sample_submission/public roc_auc",
      "baseline_submission/private roc_auc",
    ]);
  });

  it("names every field of an evaluation, and no other", () => {
    const named = rowsOf(section("## Evaluation")).map(([field]) => unquoted(field));
    const fields = new Set<string>();
    for (const task of tasks) {
      const evaluation = parseEvaluation(String(folderOf(task)["evaluation.json"]));
      for (const [key, value] of Object.entries(evaluation))
        if (key === "masks") for (const below of Object.keys(value)) fields.add(`masks.${below}`);
        else fields.add(key);
    }
    expect(named.sort()).toEqual([...fields].sort());
  });

  it("quotes why submissions are refused", async () => {
    const files = folderOf("binary_probability");
    const sample = String(files["public/sample_submission.csv"]);
    const rows = rowsOf(section("## What is refused"));
    expect(rows).toHaveLength(6);
    for (const [line, rule, reads] of rows) {
      const changed = sample.replace("a1,0.8", unquoted(line));
      const dir = writeFolder(parent, { ...files, "public/sample_submission.csv": changed });
      const scored = scoreFiles({
        evaluation: join(dir, "evaluation.json"),
        truth: join(dir, "private"),
        submission: join(dir, "public/sample_submission.csv"),
      });
      const rejection = await scored.catch((error: unknown) => error);
      expect(rejection, line).toBeInstanceOf(Rejection);
      expect(rejection).toMatchObject({ rule: unquoted(rule), message: reads });
    }
  });

  it("quotes what is found wrong with folders", async () => {
    const quoted = [...page.matchAll(/^```text findings\n(.*?)\n^```$/gms)].map(([, text = ""]) =>
      text.split("\n"),
    );
    const files = folderOf("binary_probability");
    const truth = String(files["private/truth.csv"]);
    const text = (name: string) => String(files[name]);
    const wrong: Files[] = [
      {
        "competition.json": text("competition.json").replace('"fine-needle"', '"Fine Needle", "prize": 1'),
        "evaluation.json": text("evaluation.json").replace('"max"', '"min"'),
      },
      {
        "notes.txt": "",
        "private/truth.csv": truth.replace("a2", "a1"),
        "public/sample_submission.csv": null,
      },
      { "public/answers.csv": truth },
    ];
    const found = await Promise.all(
      wrong.map((over) => problemsOf(writeFolder(parent, { ...files, ...over }))),
    );
    expect(found.map((lines) => lines.sort())).toEqual(quoted.map((lines) => lines.sort()));
  });

  it("has the limits", () => {
    const text = section("## What is refused").replaceAll("\n", " ").replaceAll("`", "");
    expect(text).toContain(nameProblem("."));
    expect(text).toContain(
      `At most ${folderLimits.files - 1} files, ${folderLimits.depth} folders deep, paths of ${folderLimits.path} ` +
        `characters; ${folderLimits.fileBytes} bytes in one file, ${folderLimits.totalBytes} in all, ` +
        `${folderLimits.documentBytes} in one JSON or Markdown file.`,
    );
  });
});
