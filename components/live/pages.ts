/** One page of a list as the API hands it over. */
export interface ListPage<Item> {
  data: Item[];
  meta: { nextCursor: string | null };
}

/** Rows of a long list at a time: more than a screen, less than a wait. */
export const listPageSize = 50;

/** Live events bring changes at once; should the stream be cut, pages are this old at most. */
export const fallbackRefetchMs = 15_000;

/**
 * When a list asks anew without being told of a change. One of several pages asks for all of them at once, so it leaves
 * that to the live stream, unless there is none.
 * @param untoldMs where the stream does not tell of all that the list shows: how old the rest may be
 */
export function listRefetchMs(pages: number, live: boolean, untoldMs: number | false): number | false {
  return pages > 1 && live ? untoldMs : fallbackRefetchMs;
}

/** All items of the pages loaded so far. A thing that moved between pages while they loaded shows once. */
export function itemsOf<Item>(pages: readonly ListPage<Item>[], keyOf: (item: Item) => string): Item[] {
  const seen = new Map<string, Item>();
  for (const page of pages) {
    for (const item of page.data) if (!seen.has(keyOf(item))) seen.set(keyOf(item), item);
  }
  return [...seen.values()];
}
