/**
 * Does the work for each item, at most so many side by side: what waits long keeps the others from nothing.
 * @returns what came of each, in the items' order
 */
export async function inLanes<Item, Done>(
  items: readonly Item[],
  lanes: number,
  work: (item: Item) => Promise<Done>,
): Promise<Done[]> {
  const done: Done[] = [];
  // One iterator for all lanes: each takes the next that nobody has begun.
  const left = items.entries();
  const lane = async () => {
    for (const [index, item] of left) done[index] = await work(item);
  };
  await Promise.all(Array.from({ length: Math.min(lanes, items.length) }, lane));
  return done;
}
