import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { scoreCommand } from "./score";

let dir: string;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), "medforge-score-"));
  const evaluation = {
    schema: "medforge/evaluation@1",
    task: "labels",
    classes: ["a", "b"],
    metrics: ["accuracy"],
    primary: { metric: "accuracy", direction: "max" },
  };
  write("evaluation.json", JSON.stringify(evaluation));
  write("truth.csv", "id,label\nx,a\n");
});
afterAll(() => rmSync(dir, { recursive: true }));
beforeEach(() => {
  write("submission.csv", "id,prediction\nx,a\n");
});

const root = fileURLToPath(new URL("../../..", import.meta.url));
const write = (name: string, content: string) => writeFileSync(join(dir, name), content);

/** What it printed, and its exit code. */
async function run(over: { evaluation?: string; truth?: string; submission?: string } = {}) {
  const [out, err] = [vi.spyOn(console, "log"), vi.spyOn(console, "error")];
  for (const stream of [out, err]) stream.mockImplementation(() => undefined);
  try {
    const code = await scoreCommand({
      evaluation: join(dir, over.evaluation ?? "evaluation.json"),
      truth: join(dir, over.truth ?? ""),
      submission: join(dir, over.submission ?? "submission.csv"),
    });
    return { code, out: out.mock.calls.flat().join("\n"), err: err.mock.calls.flat().join("\n") };
  } finally {
    out.mockRestore();
    err.mockRestore();
  }
}

describe("medforge score", () => {
  it("prints what docs/competitions.md says that it prints", async () => {
    const page = readFileSync(join(root, "docs/competitions.md"), "utf8");
    mkdirSync(join(dir, "docs/truth"), { recursive: true });
    const files = [...page.matchAll(/^cat > (\S+) <<'END'\n(.*?)^END$/gms)];
    for (const [, name, content] of files) write(`docs/${name}`, content ?? "");
    const { code, out } = await run({
      evaluation: "docs/evaluation.json",
      truth: "docs/truth",
      submission: "docs/submission.csv",
    });
    expect(code).toBe(0);
    expect(page).toContain(`\n${out}\n`);
  });

  it("prints one JSON object and ends with 0", async () => {
    const { code, out, err } = await run();
    expect([code, err]).toEqual([0, ""]);
    expect(JSON.parse(out)).toMatchObject({ primary: { public: 1, private: null }, rows: 1 });
  });

  it("prints a long report whole, however late its reader reads", async () => {
    const rows = Array.from({ length: 20_000 }, (_, row) => `case-${row},a`);
    mkdirSync(join(dir, "long"));
    write("long/truth.csv", ["id,label", ...rows].join("\n"));
    write("long/submission.csv", ["id,prediction", ...rows].join("\n"));
    const paths = { evaluation: "evaluation.json", truth: "long", submission: "long/submission.csv" };
    const options = Object.entries(paths).flatMap(([name, path]) => [`--${name}`, join(dir, path)]);
    const child = spawn(join(root, "medforge"), ["score", "--explain", ...options], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    // Once it can write no more until somebody reads.
    await once(child.stdout, "readable");
    const report = JSON.parse(await text(child.stdout));
    expect(Object.keys(report.cases)).toHaveLength(rows.length);
  });

  it("prints why a submission is rejected and ends with 1", async () => {
    write("submission.csv", "id,prediction\nx,c\n");
    const { code, out, err } = await run();
    expect([code, err]).toEqual([1, ""]);
    expect(JSON.parse(out)).toMatchObject({
      status: 422,
      rule: "unknown-label",
      line: 2,
      column: "prediction",
    });
  });

  it.each([
    ["no evaluation", { evaluation: "none.json" }, "none.json."],
    ["another file for the evaluation", { evaluation: "truth.csv" }, "The evaluation is not valid JSON."],
    ["no truth", { truth: "none" }, "truth.csv is missing from the truth."],
    ["no submission", { submission: "none.csv" }, "none.csv."],
  ])("with %s says so on standard error and ends with 2", async (_, over, text) => {
    const { code, out, err } = await run(over);
    expect([code, out]).toEqual([2, ""]);
    expect(err).toContain(text);
    expect(err).not.toContain("    at ");
  });
});
