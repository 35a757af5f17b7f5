/** Days of the calendar that are shown at once. */
export const shownDays = 7;

/** "2026-12-05" and so many days on. */
function addDays(date: string, days: number): string {
  return new Date(Date.parse(`${date}T00:00:00Z`) + days * 86_400_000).toISOString().slice(0, 10);
}

/**
 * The first days of the pages that lead as far ahead as hours can be booked. One day is on both sides of each turn, so
 * that a night over it can be drawn.
 * @param today as the lab's zone counts it, e.g. `2026-12-05`
 */
export function pagesAhead(today: string, aheadDays: number): string[] {
  const last = Math.max(0, aheadDays - (shownDays - 1));
  const firsts = [0];
  while ((firsts.at(-1) ?? last) < last) firsts.push(Math.min((firsts.at(-1) ?? 0) + shownDays - 1, last));
  return firsts.map((days) => addDays(today, days));
}

/** The pages before and after one, null where there is none; of one that is none of them, those around it. */
export function pagesAround(pages: readonly string[], first: string) {
  return {
    earlier: pages.findLast((page) => page < first) ?? null,
    later: pages.find((page) => page > first) ?? null,
  };
}
