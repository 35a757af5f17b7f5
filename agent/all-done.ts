/**
 * Waits for all to their end, also when one fails: nothing is left running behind a failure.
 * @throws what the first of them, by place, failed with.
 */
export async function allDone<T extends readonly unknown[]>(
  tasks: readonly [...{ [K in keyof T]: Promise<T[K]> }],
): Promise<T> {
  await Promise.allSettled(tasks);
  return (await Promise.all(tasks)) as unknown as T;
}
