/** The slug that a query of the API asks for; null where it asks for none. */
export function slugIn(queryKey: readonly unknown[]): string | null {
  for (const part of queryKey) {
    if (typeof part !== "object" || part === null || !("input" in part)) continue;
    const { input } = part;
    if (typeof input !== "object" || input === null || !("slug" in input)) continue;
    return typeof input.slug === "string" ? input.slug : null;
  }
  return null;
}
