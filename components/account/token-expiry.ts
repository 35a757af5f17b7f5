const dayMs = 86_400_000;
/** A token that outlives this is as good as one that never expires, and says less. */
const maxDays = 3_650;

/** How long a token lives, as offered; 0 is for ever. */
export const tokenLifetimes = [
  { days: "7", label: "7 days" },
  { days: "30", label: "30 days" },
  { days: "90", label: "90 days" },
  { days: "365", label: "1 year" },
  { days: "0", label: "Never" },
] as const;

/**
 * The `expiresAt` to ask for, undefined for "never". What is no number of days is handed on as it is, so that the API
 * refuses it: anything else would make a token that never expires of a typing error.
 */
export function tokenExpiry(days: string, now: Date): string | undefined {
  if (days === "0") return undefined;
  const count = /^\d+$/.test(days) ? Number(days) : Number.NaN;
  return count > 0 && count <= maxDays ? new Date(now.getTime() + count * dayMs).toISOString() : days;
}
