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
import type { ImportPlan } from "@/lib/competitions/queries/import-changes";
import { needsReplace, outcomeWords, planWords, verdictWords } from "../competitions/import-words";
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

describe("what medforge competition import says of a competition that is there", () => {
  const same: ImportPlan = {
    ...{ published: true, submitters: 12, changes: [], staysInvite: false, evaluation: null },
  };
  const first = { number: 1, revealed: true };
  const next: ImportPlan = { ...same, evaluation: { before: first, after: null } };
  const hidden: ImportPlan = { ...same, published: false };

  it("is nothing where nothing differs, and that it is published where it is", () => {
    expect(planWords("a", same, { replace: false })).toEqual([]);
    expect(needsReplace(same)).toBe(false);
    expect(outcomeWords("a", same, { publish: false })).toBe("a: unchanged, published");
    expect(outcomeWords("a", hidden, { publish: true })).toBe("a is published");
    expect(outcomeWords("a", hidden, { publish: false })).toContain("unchanged, and for administrators only");
    expect(outcomeWords("a", null, { publish: false })).toContain("a is for administrators only");
  });

  it("is what would change, for how many, and what it hides", () => {
    const changes = [{ field: "limits.daily", before: "3", after: "5" }];
    expect(planWords("a", { ...next, changes, staysInvite: true }, { replace: false })).toEqual([
      "a is published, with 12 submitters. With --replace this would change:",
      "  evaluation: version 1 → a new version, by which every submission is scored anew",
      "  private split: that of version 1 is revealed, this one's is closed",
      "  limits.daily: 3 → 5",
      "  visibility: stays invite; the folder says public, and --widen makes it so",
    ]);
    const back: ImportPlan = { ...same, submitters: 1, evaluation: { before: first, after: first } };
    expect(planWords("a", back, { replace: true })).toEqual([
      "a is published, with 1 submitter. This changes:",
      "  evaluation: version 1 → version 1 again, by which every submission is scored anew",
    ]);
    expect([next, { ...next, published: false }].map(needsReplace)).toEqual([true, false]);
  });

  it("is that a checked evaluation is not in force yet", () => {
    const verdict = { number: 2, state: "READY", reason: null, sampleMetrics: null } as const;
    const words = (isCurrent: boolean, waits: boolean) => verdictWords({ ...verdict, isCurrent, waits });
    expect(words(true, false)).toBe("version 2, is READY");
    expect(words(false, true)).toBe("version 2, is READY, not in force yet");
    expect(words(false, false)).toBe("version 2, is READY, and a newer one is in force");
  });
});
