import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { testData } from "./data";

/** A folder of the reference data; null where there is none. */
export function referenceFolder(name: string): string | null {
  const data = testData();
  return data === null ? null : join(data, name);
}

const valueSchema = z.object({
  value: z.unknown(),
  tol: z.number().optional(),
  recommended: z.unknown().optional(),
});

const caseSchema = z.object({
  id: z.string(),
  inputs: z.record(z.string(), z.unknown()),
  expected: z.record(z.string(), z.unknown()),
});

export const expectedValue = (value: unknown): z.infer<typeof valueSchema> => valueSchema.parse(value);

/** The cases whose file begins so. */
export function referenceCases(folder: string, prefix: string): z.infer<typeof caseSchema>[] {
  return readdirSync(folder)
    .filter((name) => name.startsWith(prefix) && name.endsWith(".json"))
    .sort()
    .map((name) => caseSchema.parse(JSON.parse(readFileSync(join(folder, name), "utf8"))));
}

/** The cases' rule: |a - b| <= tol · max(1, |b|), of numbers alone or nested; exact where there is no tolerance. */
export function isClose(actual: unknown, expected: unknown, tolerance: number): boolean {
  if (Array.isArray(expected))
    return (
      Array.isArray(actual) &&
      actual.length === expected.length &&
      expected.every((value, index) => isClose(actual[index], value, tolerance))
    );
  if (typeof expected !== "number" || typeof actual !== "number") return actual === expected;
  return Math.abs(actual - expected) <= tolerance * Math.max(1, Math.abs(expected));
}
