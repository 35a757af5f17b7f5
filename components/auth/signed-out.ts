import { loginPath } from "./return-path";

/** The HTTP status of an API refusal (its `problem`); undefined for whatever else failed. */
export function statusOf(refusal: unknown): number | undefined {
  if (typeof refusal !== "object" || refusal === null || !("problem" in refusal)) return undefined;
  const { problem } = refusal;
  if (typeof problem !== "object" || problem === null || !("status" in problem)) return undefined;
  return typeof problem.status === "number" ? problem.status : undefined;
}

/** A login that ended while the page was open: sign in and come back here. */
export function leaveWhenSignedOut(refusal: unknown): void {
  if (statusOf(refusal) !== 401) return;
  const { pathname, search } = window.location;
  // Where one signs in, it is the answer to what was typed.
  if (pathname === "/login" || pathname === "/signup") return;
  window.location.assign(loginPath(`${pathname}${search}`));
}
