import { loginPath } from "./return-path";

/** The HTTP status of an API refusal (its `problem`); undefined for whatever else failed. */
export function statusOf(refusal: unknown): number | undefined {
  if (typeof refusal !== "object" || refusal === null || !("problem" in refusal)) return undefined;
  const { problem } = refusal;
  if (typeof problem !== "object" || problem === null || !("status" in problem)) return undefined;
  return typeof problem.status === "number" ? problem.status : undefined;
}

/** Longer than a sign-out takes to lead to its own page. ms */
const signOutMs = 10_000;
let signingOutUntil = 0;

/** From here on the page may be refused what it still asks for: the sign-out leads away by itself. */
export function beginSignOut(): void {
  signingOutUntil = performance.now() + signOutMs;
}

/** The sign-out failed: a refusal means again what it says. */
export function endSignOut(): void {
  signingOutUntil = 0;
}

/** A login that ended while the page was open: sign in and come back here. */
export function leaveWhenSignedOut(refusal: unknown): void {
  if (statusOf(refusal) !== 401 || performance.now() < signingOutUntil) return;
  const { pathname, search } = window.location;
  // Where one signs in, it is the answer to what was typed.
  if (pathname === "/login" || pathname === "/signup") return;
  window.location.assign(loginPath(`${pathname}${search}`));
}
