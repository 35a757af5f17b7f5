import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Outcome, outcomeList } from "./suites";

const fileIn = (world: string) => join(world, "outcomes.json");

/** Leaves word in the world's folder of how its suites ended. */
export function writeOutcomes(world: string, outcomes: readonly Outcome[]): void {
  writeFileSync(fileIn(world), JSON.stringify(outcomes));
}

/** What a world left; undefined when it ended before it could say how its suites did. */
export function readOutcomes(world: string): Outcome[] | undefined {
  const file = fileIn(world);
  return existsSync(file) ? outcomeList.parse(JSON.parse(readFileSync(file, "utf8"))) : undefined;
}
