import { unstable_isUnrecognizedActionError, unstable_rethrow } from "next/navigation";
import { leaveWhenSignedOut } from "@/components/auth/signed-out";
import { noAnswer } from "@/lib/kernel/no-answer";
import type { ShownProblem } from "./problem-notice";

/** A server action that never got as far as an answer, told as the problem that an answer would have been. */
export interface Unanswered {
  readonly ok: false;
  readonly problem: ShownProblem;
}

const olderPage = "The lab was updated while this page was open. Reload the page and try again.";

/**
 * Calls a server action. A call that fails on its way (no network, web being restarted) comes back as a problem, so
 * that what was typed stays on the page; a login that has ended leads to the sign-in.
 * @throws what Next throws to go to another page
 */
export async function called<Result extends object>(
  act: () => Promise<Result>,
): Promise<Result | Unanswered> {
  try {
    const answer = await act();
    if ("problem" in answer) leaveWhenSignedOut(answer);
    return answer;
  } catch (error) {
    unstable_rethrow(error);
    const detail = unstable_isUnrecognizedActionError(error) ? olderPage : noAnswer;
    return { ok: false, problem: { status: 0, detail, instance: "" } };
  }
}
