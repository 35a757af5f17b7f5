import { errorText } from "@/lib/kernel/errors";

/** Several lines as one sentence for an operator, with its full stop. */
export function sentence(text: string): string {
  const line = text.trim().replace(/\s+/g, " ");
  return /[.!?]$/.test(line) ? line : `${line}.`;
}

/** What was thrown, as a sentence. */
export const errorSentence = (cause: unknown): string => sentence(errorText(cause));
