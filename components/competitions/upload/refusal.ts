import type { DetailedError } from "tus-js-client";
import type { ShownProblem } from "@/components/forms/problem-notice";
import { noAnswer } from "@/lib/kernel/no-answer";

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

/** A problem (RFC 9457) in the lab's own words; null where there is none. */
function problemIn(text: string | undefined): ShownProblem | null {
  try {
    const body: unknown = JSON.parse(text ?? "");
    if (!isRecord(body) || typeof body.status !== "number" || typeof body.detail !== "string") return null;
    return {
      status: body.status,
      detail: body.detail,
      instance: typeof body.instance === "string" ? body.instance : "",
    };
  } catch {
    return null;
  }
}

/** What the lab said when a try failed; null where it said nothing. */
export function problemOf(error: Error | DetailedError): ShownProblem | null {
  return problemIn("originalResponse" in error ? error.originalResponse?.getBody() : undefined);
}

/** Why an upload ended without being taken: in the lab's own words where it gave some; else that there was no answer. */
export function refusalOf(error: Error | DetailedError): ShownProblem {
  const answer = "originalResponse" in error ? error.originalResponse : null;
  return (
    problemOf(error) ?? {
      status: answer?.getStatus() ?? 0,
      detail: answer ? `The lab answered ${answer.getStatus()}.` : noAnswer,
      instance: "",
    }
  );
}
