import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { z } from "zod";
import { securityTables } from "@/e2e/security/tables";
import { readEnv } from "@/lib/kernel/env";
import { blockOf, readBlock, writeBlock } from "./marked-block";

const command = "WRITE_TABLES=1 npx vitest run --project unit security-table";

it("docs/runbook.md has each trial of the security suite in its tables", () => {
  const runbook = fileURLToPath(new URL("../../../docs/runbook.md", import.meta.url));
  const block = blockOf("security", command);
  const { WRITE_TABLES } = readEnv(z.object({ WRITE_TABLES: z.string().optional() }));
  if (WRITE_TABLES !== undefined) writeBlock(runbook, block, securityTables());
  expect(readBlock(runbook, block), `\`${command}\` writes them`).toBe(securityTables());
});
