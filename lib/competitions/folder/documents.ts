import type { z } from "zod";
import { ZodError } from "zod";
import { fieldMessages, issueText } from "@/lib/kernel/issue-text";
import { maxTextLength } from "../model";
import { BrokenEvaluation } from "../scoring/errors";
import { parseEvaluation } from "../scoring/manifest";
import type { Findings } from "./problems";
import { readDocument, type Tree } from "./tree";

/** A document's text; null, and a finding, where there is none. */
async function readText(tree: Tree, name: string, findings: Findings) {
  if (!tree.names.includes(name)) {
    findings.addMissing(name, "Missing.");
    return null;
  }
  const document = await readDocument(tree, name);
  if ("text" in document) return document;
  findings.add(name, document.problem);
  return null;
}

/** A JSON file, and what it is by its schema; null, and findings by field, where it is none. */
export async function readJson<T>(
  tree: Tree,
  name: string,
  schemaOf: (json: unknown) => z.ZodType<T>,
  findings: Findings,
): Promise<{ readonly json: unknown; readonly data: T | null }> {
  const document = await readText(tree, name, findings);
  if (document === null) return { json: null, data: null };
  let json: unknown;
  try {
    json = JSON.parse(document.text);
  } catch (error) {
    findings.add(name, `Not valid JSON: ${error instanceof Error ? error.message : error}`);
    return { json: null, data: null };
  }
  const parsed = schemaOf(json).safeParse(json, { error: issueText });
  if (parsed.success) return { json, data: parsed.data };
  findings.addFields(name, fieldMessages(parsed.error.issues));
  return { json, data: null };
}

/** The manifest, as a file and read; null, and findings by field, where it is none. */
export async function readEvaluation(tree: Tree, name: string, findings: Findings) {
  const document = await readText(tree, name, findings);
  if (document === null) return null;
  try {
    return { manifest: parseEvaluation(document.text), file: { ...document.file, name: "evaluation.json" } };
  } catch (error) {
    if (!(error instanceof BrokenEvaluation)) throw error;
    if (error.cause instanceof ZodError) findings.addFields(name, fieldMessages(error.cause.issues));
    else findings.add(name, error.message);
    return null;
  }
}

/** Names that need not be given need not be there. */
const optionalTexts = ["description.md", "rules.md"];

/** A Markdown file's text; `otherwise` where there need be none. */
export async function readMarkdown(
  tree: Tree,
  name: string,
  otherwise: string,
  findings: Findings,
): Promise<string> {
  if (optionalTexts.includes(name) && !tree.names.includes(name)) return otherwise;
  const document = await readText(tree, name, findings);
  if (document?.text.trim() === "") findings.add(name, "It is empty.");
  if (document !== null && document.text.length > maxTextLength)
    findings.add(name, `It has more than ${maxTextLength} characters.`);
  if (document !== null && /[^\P{Cc}\t\n\r]/u.test(document.text))
    findings.add(name, "It has control characters.");
  return document?.text ?? otherwise;
}
