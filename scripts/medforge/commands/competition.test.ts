import { rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import {
  binaryFiles,
  type Files,
  temporaryParent,
  writeFolder,
} from "@/lib/competitions/folder/testing/folders";
import { checkCompetitionCommand } from "./competition";

let parent: string;
beforeAll(() => {
  parent = temporaryParent();
});
afterAll(() => rmSync(parent, { recursive: true }));

/** What it printed, and its exit code. */
async function check(dir: string) {
  const [out, err] = [vi.spyOn(console, "log"), vi.spyOn(console, "error")];
  for (const stream of [out, err]) stream.mockImplementation(() => undefined);
  try {
    const code = await checkCompetitionCommand(dir);
    return { code, out: out.mock.calls.flat().join("\n"), err: err.mock.calls.flat().join("\n") };
  } finally {
    out.mockRestore();
    err.mockRestore();
  }
}

const checkFiles = (over: Files) => check(writeFolder(parent, { ...binaryFiles, ...over }));

describe("medforge competition check", () => {
  it("says what a whole one holds and scores", async () => {
    const shipped = fileURLToPath(new URL("../../../competitions/wdbc-fine-needle", import.meta.url));
    const { code, out, err } = await check(shipped);
    expect({ code, err }).toEqual({ code: 0, err: "" });
    expect(out).toContain("wdbc-fine-needle: 79 public and 127 private cases, 4 files to download\n");
    expect(out).toContain('sample_submission {"public":{"roc_auc":0.5,');
  });

  it.for<[string, Files, string]>([
    ["is not whole", { "private/truth.csv": null }, "private/truth.csv: Missing: the truth is made of it."],
    [
      "has a metric that is undefined",
      {
        "private/truth.csv":
          "id,label,split\na1,malignant,public\na2,malignant,public\na3,benign,private\na4,malignant,private\n",
      },
      "sample_submission: public roc_auc is undefined: ",
    ],
    [
      "has a sample that gets no score",
      { "public/sample_submission.csv": "id,probability\na1,2\n" },
      "A submission is rejected: Line 2: “probability” is 2, and not between 0 and 1.",
    ],
    [
      "scores otherwise than it says",
      { "private/checks.json": '{ "baseline_submission/private": { "roc_auc": 1 } }' },
      "baseline_submission: private roc_auc is 0, and 1 in private/checks.json.",
    ],
  ])("refuses one that %s", async ([, over, wanted]) => {
    const { code, out, err } = await checkFiles(over);
    expect({ code, out }).toEqual({ code: 1, out: "" });
    expect(err).toContain(wanted);
  });

  it("refuses what is no folder", async () => {
    expect((await check(join(parent, "nowhere"))).code).toBe(1);
  });
});
