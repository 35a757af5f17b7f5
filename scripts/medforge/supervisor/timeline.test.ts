import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { afterEach, beforeEach, expect, it } from "vitest";
import { type Layout, layoutOf } from "../layout";
import { logFile } from "./child";
import { lastTroubles } from "./timeline";

let layout: Layout;

beforeEach(() => {
  layout = layoutOf(mkdtempSync(join(tmpdir(), "medforge-timeline-")));
  mkdirSync(layout.log, { recursive: true });
});

afterEach(() => rmSync(layout.dir, { recursive: true }));

it("tells the last warnings and errors of all logs in the order in which they were written", () => {
  const pino = (level: string, second: number, msg: string) =>
    JSON.stringify({ level, time: `2026-11-30T04:00:0${second}.000Z`, msg });
  const worker = [pino("warn", 1, "early"), pino("info", 2, "fine"), pino("error", 4, "late")];
  writeFileSync(logFile(layout, "worker"), `${worker.join("\n")}\n`);
  writeFileSync(logFile(layout, "mariadb"), "2026-11-30  4:00:03 0 [ERROR] mariadbd: died\n");
  const told = lastTroubles(layout, ["worker", "mariadb"], 2).map(stripVTControlCharacters);
  expect(told.map((line) => line.split(" │ ")[0]?.trim())).toEqual(["mariadb", "worker"]);
  expect(told[1]).toContain("error: late");
});
