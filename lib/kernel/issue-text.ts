import { z } from "zod";

type Issue = z.core.$ZodRawIssue;

/** Of fields that there aren't so many are named, and so much of each name: who sends them chooses how many and what. */
const mostUnknown = 20;
const longestName = 64;

/**
 * What is wanted in place of what was given, in words for whoever filled in the form or wrote the request. A schema's
 * own message goes before it.
 */
export function issueText(issue: Issue): string {
  if (issue.input === undefined) return "Required.";
  switch (issue.code) {
    case "invalid_type":
      return typeText(issue);
    case "too_small":
      return smallText(issue);
    case "too_big":
      return bigText(issue);
    case "invalid_format":
      return formatTexts[issue.format] ?? "Not in the form that is asked for.";
    case "not_multiple_of":
      return `A multiple of ${issue.divisor}.`;
    case "invalid_value":
      return issue.expected === "stringbool" ? typeTexts.boolean : valueText(issue.values);
    case "unrecognized_keys":
      return unknownText(issue.keys);
    case "invalid_union":
      return unionText(issue);
    case "invalid_key":
      return issue.issues[0]?.message ?? "Not a name that fits.";
    default:
      return "Not a value that fits.";
  }
}

/** A schema's finding as the schema's standard interface has it; zod's own names the keys that it does not know. */
interface Finding {
  readonly message: string;
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
  readonly keys?: readonly string[];
}

/**
 * The first message for each field path such as `ports.0`, the first few fields that there aren't among them; the empty
 * path is the input as a whole, and says how many more of those there were.
 */
export function fieldMessages(findings: readonly Finding[]): Record<string, string> {
  // A map, since fields come from outside and may be called like what every object has.
  const fields = new Map<string, string>();
  for (const { path, keys, message } of findings) {
    const field = namesOn(path).join(".");
    if (!keys && !fields.has(field)) fields.set(field, message);
  }
  const unknown = findings.flatMap(unknownFields).slice(0, mostUnknown);
  for (const field of unknown) if (!fields.has(field)) fields.set(field, "There is no such field.");
  const more = findings.reduce((sum, { keys = [] }) => sum + keys.length, 0) - unknown.length;
  if (more > 0) addToWhole(fields, `And ${counted(more, "more unknown field")}.`);
  return Object.fromEntries(fields);
}

/** Last, behind what is said of the whole already. */
function addToWhole(fields: Map<string, string>, text: string): void {
  const said = fields.get("");
  fields.delete("");
  fields.set("", said === undefined ? text : `${said} ${text}`);
}

function namesOn(path: Finding["path"] = []): string[] {
  return path.map((part) => String(typeof part === "object" ? part.key : part));
}

function unknownFields({ path, keys = [] }: Finding): string[] {
  return keys.slice(0, mostUnknown).map((key) => [...namesOn(path), shortened(key)].join("."));
}

function shortened(name: string): string {
  return name.length > longestName ? `${name.slice(0, longestName)}…` : name;
}

/** All of them as one text: `name: Required. size: A number.` */
export function fieldsText(fields: Readonly<Record<string, string>>): string {
  return Object.entries(fields)
    .map(([field, message]) => (field === "" ? message : `${field}: ${message}`))
    .join(" ");
}

const typeTexts = {
  string: "Text.",
  boolean: "true or false.",
  array: "A list.",
  object: "An object with named fields.",
  record: "An object with named fields.",
  null: "null.",
} as const;

const formatTexts: Readonly<Record<string, string>> = {
  email: "An email address.",
  url: "An address such as https://lab.example.edu.",
  datetime: "A time in UTC such as 2026-11-25T14:00:00Z.",
};

function unknownText(keys: readonly string[]): string {
  const named = keys.slice(0, mostUnknown).map(shortened).join(", ");
  const more = keys.length - mostUnknown;
  return more > 0 ? `Unknown: ${named} and ${more} more.` : `Unknown: ${named}.`;
}

function typeText({ expected, schema }: Issue & { code: "invalid_type" }): string {
  if (expected === "number" || expected === "int") return numberText(schema);
  return Object.entries(typeTexts).find(([type]) => type === expected)?.[1] ?? "Not a value that fits.";
}

/** `A whole number between 1 and 64.`; with both limits, whichever was passed. */
function numberText(schema: unknown): string {
  if (!(schema instanceof z.ZodNumber)) return "A number.";
  const what = schema.isInt ? "A whole number" : "A number";
  const [least, most] = [limit(schema.minValue), limit(schema.maxValue)];
  if (least !== null && most !== null) return `${what} between ${least} and ${most}.`;
  if (least !== null) return `${what}, at least ${least}.`;
  if (most !== null) return `${what}, at most ${most}.`;
  return `${what}.`;
}

/** Beyond what a number can hold exactly is no limit that anybody set. */
function limit(value: number | null): number | null {
  return value === null || Math.abs(value) >= Number.MAX_SAFE_INTEGER ? null : value;
}

function smallText({ origin, minimum, input, schema }: Issue & { code: "too_small" }): string {
  if (origin === "string") return input === "" ? "Required." : `At least ${counted(minimum, "character")}.`;
  if (origin === "array") return `At least ${counted(minimum, "entry", "entries")}.`;
  return numberText(schema);
}

function bigText({ origin, maximum, schema }: Issue & { code: "too_big" }): string {
  if (origin === "string") return `At most ${counted(maximum, "character")}.`;
  if (origin === "array") return `At most ${counted(maximum, "entry", "entries")}.`;
  return numberText(schema);
}

function counted(count: number | bigint, one: string, several = `${one}s`): string {
  return `${count} ${Number(count) === 1 ? one : several}`;
}

function valueText(values: readonly z.core.util.Primitive[]): string {
  const [only] = values;
  return values.length === 1 ? `Only ${String(only)}.` : `One of: ${values.map(String).join(", ")}.`;
}

/** What the one alternative wants whose type was met; else what any of them wants. */
function unionText(issue: Issue & { code: "invalid_union" }): string {
  const alternatives = (issue.errors ?? []).flatMap(([first]) => (first ? [first] : []));
  if (alternatives.length === 0) return "Not a value that fits.";
  const near = alternatives.find(({ code }) => code !== "invalid_type" && code !== "invalid_value");
  if (near) return near.message;
  const wanted = [...new Set(alternatives.map(({ message }) => message.replace(/\.$/, "")))];
  return `${wanted.map((text, at) => (at === 0 ? text : decapitalised(text))).join(", or ")}.`;
}

function decapitalised(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
