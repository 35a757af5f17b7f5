import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { z } from "zod";
import { readEnv } from "@/lib/kernel/env";
import { run } from "../exec";
import { type Layout, layoutOf } from "../layout";
import { publishAuthority, rootCertificate } from "./authority";

const env = readEnv(z.object({ MEDFORGE_TEST_DATA_DIR: z.string(), MEDFORGE_TEST_CA: z.string() }));
const pem = readFileSync(env.MEDFORGE_TEST_CA, "utf8");

let layout: Layout;
let file: string;

beforeEach(() => {
  layout = layoutOf(mkdtempSync(`${env.MEDFORGE_TEST_DATA_DIR}-ca-`));
  file = rootCertificate(layout);
  mkdirSync(dirname(file), { recursive: true });
  chmodSync(layout.dir, 0o755);
});

afterEach(() => rmSync(layout.dir, { recursive: true }));

it("publishes the certificate and nothing that lies beside it in the file", async () => {
  writeFileSync(file, `${pem}secret\n`);
  await publishAuthority(layout);
  expect(readFileSync(layout.caFile, "utf8").trim()).toBe(pem.trim());
});

it("follows no link further than Caddy itself could", async () => {
  const secret = `${layout.dir}/secret`;
  writeFileSync(secret, pem, { mode: 0o600 });
  symlinkSync(secret, file);
  await expect(publishAuthority(layout)).rejects.toThrow(/Permission denied/);
});

it("does not wait for a pipe that is no certificate", async () => {
  await run(["mkfifo", "--mode=0644", file]);
  await expect(publishAuthority(layout)).rejects.toThrow(/timed out/);
});
