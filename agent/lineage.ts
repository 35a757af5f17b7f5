/** A generation of a workspace, as ZFS tells of it. */
export interface Generation {
  readonly number: number;
  readonly dataset: string;
  /** The snapshot it was cloned from, by its full name; null where it grew from nothing. */
  readonly origin: string | null;
  /** What follows the @ in their names, oldest first. */
  readonly snapshots: readonly string[];
}

export type PruneStep =
  | { readonly act: "destroySnapshot"; readonly name: string }
  /** Nothing but its head is left of it, and the head is nobody's any more. */
  | { readonly act: "destroyGeneration"; readonly generation: Generation }
  /** The clone takes over what it grew from, so that the older generation can go. */
  | { readonly act: "promote"; readonly generation: Generation };

/**
 * What to do next, to be done before asking again, so that the doomed snapshots go and no older generation holds what
 * nobody can see; empty when all that can go has gone. Every snapshot that isn't doomed stays, though it may come to lie
 * in another generation. Generations from `current` on are never destroyed: a later restore may have made them.
 *
 * A snapshot that a generation was cloned from can't be destroyed while two lines go on from it. One of them may be worth
 * nothing: the head of an older generation without a snapshot after that one.
 */
export function pruneSteps(
  generations: readonly Generation[],
  current: number,
  doomed: ReadonlySet<string>,
): PruneStep[] {
  const origins = new Set(generations.map(({ origin }) => origin));
  const snapshots: PruneStep[] = generations.flatMap(({ dataset, snapshots }) =>
    snapshots
      .filter((id) => doomed.has(id) && !origins.has(`${dataset}@${id}`))
      .map((id) => ({ act: "destroySnapshot", name: `${dataset}@${id}` }) as const),
  );
  if (snapshots.length > 0) return snapshots;
  const empty = generations.filter((each) => each.number < current && each.snapshots.length === 0);
  if (empty.length > 0) return empty.map((generation) => ({ act: "destroyGeneration", generation }));
  const heir = generations
    .filter(({ number }) => number < current)
    .map((old) => soleHeir(old, generations, doomed))
    .find((found) => found !== undefined);
  return heir === undefined ? [] : [{ act: "promote", generation: heir }];
}

/** The one generation that grew from the last snapshot of `old`, where that is doomed. */
function soleHeir(
  old: Generation,
  generations: readonly Generation[],
  doomed: ReadonlySet<string>,
): Generation | undefined {
  const last = old.snapshots.at(-1);
  if (last === undefined || !doomed.has(last)) return undefined;
  const heirs = generations.filter(({ origin }) => origin === `${old.dataset}@${last}`);
  return heirs.length === 1 ? heirs[0] : undefined;
}
