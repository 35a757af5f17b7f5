import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { pathWeakness } from "./folders";

let dir = "";

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "medforge-folders-"));
  chmodSync(dir, 0o755);
});

afterEach(() => rmSync(dir, { recursive: true }));

// Owners can only be given away by root.
it.runIf(process.getuid?.() === 0)("finds who could replace what root runs, anywhere on the way", () => {
  const inner = join(dir, "a/b");
  mkdirSync(inner, { recursive: true, mode: 0o755 });
  expect(pathWeakness(inner)).toBeNull();
  chmodSync(join(dir, "a"), 0o775);
  expect(pathWeakness(inner)).toContain("can be written by others");
  chmodSync(join(dir, "a"), 0o700);
  expect(pathWeakness(inner)).toContain("lacks o+x");
  chmodSync(join(dir, "a"), 0o755);
  chownSync(join(dir, "a"), 1234, 1234);
  expect(pathWeakness(inner)).toContain("belongs to user 1234");
});
