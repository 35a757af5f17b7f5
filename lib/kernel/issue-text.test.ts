import { describe, expect, it } from "vitest";
import { z } from "zod";
import { fieldMessages, fieldsText, issueText } from "./issue-text";

function textOf(schema: z.ZodType, input: unknown): string[] {
  return schema.safeParse(input, { error: issueText }).error?.issues.map(({ message }) => message) ?? [];
}

const port = z.number().int().min(1).max(64);

describe("issueText", () => {
  it.each<[string, z.ZodType, unknown, string]>([
    ["what is missing", z.string(), undefined, "Required."],
    ["a missing choice", z.enum(["a", "b"]), undefined, "Required."],
    ["a missing alternative", port.or(z.literal("max")), undefined, "Required."],
    ["an empty text", z.string().min(1), "", "Required."],
    ["a short text", z.string().min(8), "abc", "At least 8 characters."],
    ["a text of one too many", z.string().max(1), "ab", "At most 1 character."],
    ["a number for a text", z.string(), 4, "Text."],
    ["a text for a number", z.number(), "x", "A number."],
    ["no whole number", port, 1.5, "A whole number between 1 and 64."],
    ["a number too small", port, 0, "A whole number between 1 and 64."],
    ["a number too big", port, 65, "A whole number between 1 and 64."],
    ["a text for a whole number", port, "x", "A whole number between 1 and 64."],
    [
      "a query's text for a number",
      z.coerce.number().int().min(1).max(200),
      "x",
      "A whole number between 1 and 200.",
    ],
    ["a number below its one limit", z.number().int().min(0), -1, "A whole number, at least 0."],
    ["a number above its one limit", z.number().max(9.5), 10, "A number, at most 9.5."],
    ["a number beyond what is exact", z.int(), 2 ** 60, "A whole number."],
    ["no multiple", z.number().multipleOf(0.25), 0.3, "A multiple of 0.25."],
    ["a choice that isn't offered", z.enum(["available", "draining"]), "x", "One of: available, draining."],
    ["another literal", z.literal("max"), "x", "Only max."],
    ["a text for a switch", z.boolean(), "no", "true or false."],
    ["a query's text for a switch", z.stringbool().or(z.boolean()), "maybe", "true or false."],
    [
      "a number out of an alternative's range",
      port.or(z.literal("max")),
      70,
      "A whole number between 1 and 64.",
    ],
    [
      "none of the alternatives",
      port.or(z.literal("max")),
      "x",
      "A whole number between 1 and 64, or only max.",
    ],
    ["no address", z.email(), "ana", "An email address."],
    ["no time", z.iso.datetime(), "noon", "A time in UTC such as 2026-11-25T14:00:00Z."],
    ["a text of another form", z.string().regex(/^a/), "b", "Not in the form that is asked for."],
    ["no list", z.array(z.string()), "x", "A list."],
    ["an empty list", z.array(z.string()).min(1), [], "At least 1 entry."],
    ["too long a list", z.array(z.string()).max(2), ["a", "b", "c"], "At most 2 entries."],
    ["no object", z.strictObject({}), "x", "An object with named fields."],
    ["no record", z.record(z.string(), z.string()), 1, "An object with named fields."],
    ["fields that there aren't", z.strictObject({}), { a: 1, b: 2 }, "Unknown: a, b."],
    [
      "a kind that there isn't",
      z.discriminatedUnion("kind", [z.object({ kind: z.literal("a") })]),
      { kind: "b" },
      "Not a value that fits.",
    ],
    ["a finding without words", z.string().refine(() => false), "x", "Not a value that fits."],
  ])("says what is wanted instead of %s", (_what, schema, input, text) => {
    expect(textOf(schema, input)).toEqual([text]);
  });

  it("leaves a schema's own message alone", () => {
    expect(textOf(z.string().min(3, "Longer, please."), "x")).toEqual(["Longer, please."]);
  });
});

describe("fields that there aren't", () => {
  const keys = Array.from({ length: 100_000 }, (_, n) => `unknown${n}`);
  const findingsOf = (schema: z.ZodType, input: unknown) =>
    schema.safeParse(input, { error: issueText }).error?.issues ?? [];
  const many = Object.fromEntries(keys.map((key) => [key, 1]));

  it("are named up to twenty, the others counted, and none hides a field that there is", () => {
    const schema = z.strictObject({ name: z.string(), limits: z.strictObject({}) });
    const findings = findingsOf(schema, { limits: many, ...many });
    const fields = fieldMessages(findings);
    expect(Object.keys(fields)).toEqual(["name", ...keys.slice(0, 20).map((key) => `limits.${key}`), ""]);
    expect(fields).toMatchObject({ name: "Required.", "": "And 199980 more unknown fields." });
    const text = fieldsText(fields);
    expect(text).toMatch(/^name: Required\. .*\. And 199980 more unknown fields\.$/);
    expect(JSON.stringify(fields).length + text.length).toBeLessThan(4_000);
    const messages = findings.map(({ message }) => message);
    expect(messages.at(-1)).toMatch(/^Unknown: unknown0, .*, unknown19 and 99980 more\.$/);
    expect(messages.join().length).toBeLessThan(1_000);
  });

  it("beyond the twentieth are told behind what is said of the whole", () => {
    const schema = z.strictObject({}).refine(() => false, { error: "Change something.", when: () => true });
    const fields = fieldMessages(
      findingsOf(schema, Object.fromEntries(keys.slice(0, 21).map((k) => [k, 1]))),
    );
    expect(fieldsText(fields)).toMatch(/field\. Change something\. And 1 more unknown field\.$/);
    const few = fieldMessages(
      findingsOf(z.strictObject({}), Object.fromEntries(keys.slice(0, 20).map((k) => [k, 1]))),
    );
    expect(Object.keys(few)).toEqual(keys.slice(0, 20));
  });

  it("are not repeated at length", () => {
    const findings = findingsOf(z.strictObject({}), { ["k".repeat(1_000_000)]: 1 });
    expect(fieldMessages(findings)).toEqual({ [`${"k".repeat(64)}…`]: "There is no such field." });
    expect(findings.map(({ message }) => message)).toEqual([`Unknown: ${"k".repeat(64)}….`]);
  });
});
