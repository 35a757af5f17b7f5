import { execFile } from "node:child_process";
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterEach, beforeEach, expect, it } from "vitest";

const execute = promisify(execFile);
const nobody = "65534";
let root: string;

/** A checkout with a command of its own. */
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "medforge-start-"));
  chmodSync(root, 0o755);
  mkdirSync(join(root, "scripts/medforge"), { recursive: true });
  mkdirSync(join(root, "node_modules"));
  copyFileSync("scripts/medforge/start.mjs", join(root, "scripts/medforge/start.mjs"));
  for (const name of ["esbuild", "@esbuild", "commander"])
    symlinkSync(join(process.cwd(), "node_modules", name), join(root, "node_modules", name));
});
afterEach(() => rmSync(root, { recursive: true }));

const source = (name: string, text: string) => writeFileSync(join(root, "scripts/medforge", name), text);
const start = async (prefix: string[] = [], ...args: string[]) => {
  const [program = process.execPath, ...rest] = [
    ...prefix,
    process.execPath,
    join(root, "scripts/medforge/start.mjs"),
    ...args,
  ];
  return execute(program, rest, { cwd: "/" });
};
const bundles = () =>
  readdirSync(join(root, "node_modules/.cache/medforge-command")).filter((name) =>
    name.startsWith("bundle-"),
  );

it("passes arguments on, and says of a source's place what the source says", async () => {
  source("main.ts", 'console.log(import.meta.dirname, process.argv.slice(2).join("+"));');
  expect((await start([], "status", "--json")).stdout).toBe(`${root}/scripts/medforge status+--json\n`);
});

it("bundles once, and anew when what it was made of changes, also by way of another file", async () => {
  source("main.ts", 'import { word } from "./word";\nconst say: string = word;\nconsole.log(say);');
  source("word.ts", 'export const word = "one";');
  expect((await start()).stdout).toBe("one\n");
  const made = bundles();
  expect((await start()).stdout).toBe("one\n");
  expect(bundles()).toEqual(made);
  source("word.ts", 'export const word = "three";');
  expect((await start()).stdout).toBe("three\n");
  expect(bundles()).toHaveLength(2);
});

it("keeps the last few bundles", async () => {
  for (let round = 0; round < 6; round++) {
    source("main.ts", `console.log("${"x".repeat(round)}");`);
    await start();
  }
  expect(bundles()).toHaveLength(4);
});

it("names the source's line where something is thrown", async () => {
  source("main.ts", 'interface Nothing {}\n\nthrow new Error("as it happens");');
  await expect(start()).rejects.toThrow(/scripts\/medforge\/main\.ts:3/);
});

it.runIf(process.getuid?.() === 0)(
  "serves who may not write into the checkout, and leaves nothing behind",
  async () => {
    source("main.ts", 'import { Command } from "commander";\nconsole.log(new Command("found").name());');
    const before = readdirSync(tmpdir());
    const as = ["setpriv", `--reuid=${nobody}`, `--regid=${nobody}`, "--clear-groups", "--"];
    expect((await start(as)).stdout).toBe("found\n");
    expect(readdirSync(join(root, "node_modules"))).not.toContain(".cache");
    expect(readdirSync(tmpdir()).filter((name) => name.startsWith("medforge-command-"))).toEqual(
      before.filter((name) => name.startsWith("medforge-command-")),
    );
  },
);
