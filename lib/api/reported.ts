import type { RequestContext } from "@/lib/auth/procedure";
import { logFailure } from "./failure-log";
import { type Problem, toProblem } from "./problem";

/** The problem for an error, logged with its cause when nobody expected it. */
export function reported(
  error: unknown,
  { requestId, log }: Pick<RequestContext, "requestId" | "log">,
): Problem {
  const answer = toProblem(error, requestId);
  if (answer.unexpected) logFailure(log, error, requestId);
  return answer;
}
