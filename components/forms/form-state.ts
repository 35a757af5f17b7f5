import type { ShownProblem } from "./problem-notice";

/** What a form's server action hands back: the problem, or the outcome; and what was typed, passwords never. */
export interface FormState<Data = null> {
  readonly problem: ShownProblem | null;
  readonly data: Data | null;
  readonly values: Readonly<Record<string, string>>;
}

export const untouched: FormState<never> = { problem: null, data: null, values: {} };

/** Everything typed into a form but passwords, as its action hands it back after a refusal. */
export function valuesOf(form: FormData): Record<string, string> {
  const typed = [...form].flatMap(([name, value]) =>
    typeof value === "string" && !/password/i.test(name) ? [[name, value] as const] : [],
  );
  return Object.fromEntries(typed);
}

/** A text field's value; files and repeats aren't text. */
export function textOf(form: FormData, name: string): string {
  const value = form.get(name);
  return typeof value === "string" ? value : "";
}
