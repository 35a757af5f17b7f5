import { ClaimLost } from "@/lib/sessions/lifecycle/claim";

/**
 * Runs both to their end, then hands back the second's result. Neither is left running behind a failure; a lost claim
 * counts more than what the other met.
 */
export async function together<Result>(write: Promise<void>, act: Promise<Result>): Promise<Result> {
  const [written, acted] = await Promise.allSettled([write, act]);
  if (written.status === "rejected" && written.reason instanceof ClaimLost) throw written.reason;
  if (acted.status === "rejected") throw acted.reason;
  if (written.status === "rejected") throw written.reason;
  return acted.value;
}
