import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { layoutOf } from "./layout";
import { firstMissing, withdrawDataFolder } from "./withdraw";

let above = "";

beforeEach(() => {
  above = mkdtempSync(join(tmpdir(), "medforge-withdraw-"));
});
afterEach(() => rmSync(above, { recursive: true }));

const layout = () => layoutOf(join(above, "labs/one"));

/** As set-up has made it when it finds a port taken. */
function begin(): string | undefined {
  const made = firstMissing(layout());
  mkdirSync(layout().log, { recursive: true });
  for (const file of [layout().lock, join(layout().log, "supervisor.log")]) writeFileSync(file, "");
  return made;
}

describe("a data folder that set-up was refused", () => {
  it("goes with every folder on the way that was made for it", () => {
    withdrawDataFolder(layout(), begin());
    expect(existsSync(join(above, "labs"))).toBe(false);
    expect(existsSync(above)).toBe(true);
  });

  it("stays where it was there before", () => {
    mkdirSync(layout().dir, { recursive: true });
    withdrawDataFolder(layout(), begin());
    expect(existsSync(layout().lock)).toBe(true);
  });

  it("stays once it has settings", () => {
    const made = begin();
    writeFileSync(layout().configFile, "{}");
    withdrawDataFolder(layout(), made);
    expect(existsSync(layout().lock)).toBe(true);
  });

  it("stays with what somebody else put beside it", () => {
    const made = begin();
    writeFileSync(join(above, "labs/notes"), "");
    withdrawDataFolder(layout(), made);
    expect(existsSync(layout().dir)).toBe(false);
    expect(existsSync(join(above, "labs/notes"))).toBe(true);
  });
});
