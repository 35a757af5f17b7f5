import type { z } from "zod";
import { issueText } from "./issue-text";

/**
 * The only reader of `process.env`: every process declares what it needs as a schema and gets it
 * validated at start, so a missing setting is named before anything runs.
 * @throws Error that lists each variable that is missing or malformed.
 */
export function readEnv<Schema extends z.ZodType>(schema: Schema): z.output<Schema> {
  const parsed = schema.safeParse(process.env, { error: issueText });
  if (parsed.success) return parsed.data;
  const lines = parsed.error.issues.map((issue) => `  ${issue.path.join(".")}: ${issue.message}`);
  throw new Error(`Settings from the environment are missing or malformed:\n${lines.join("\n")}`);
}

/** Variables that are set, begin with `prefix` and stand in no schema: as a misspelt one does. */
export function unknownNames(prefix: string, known: ReadonlySet<string>): string[] {
  return Object.keys(process.env).filter((name) => name.startsWith(prefix) && !known.has(name));
}

/** The environment to hand to a child that should inherit nothing but the basics. */
export function basicChildEnv(): Record<string, string> {
  return { PATH: process.env.PATH ?? "/usr/sbin:/usr/bin:/sbin:/bin", LANG: "C.UTF-8", TZ: "UTC" };
}
