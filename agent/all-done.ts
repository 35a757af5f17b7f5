/**
 * Waits for all to their end, also when one fails: nothing is left running behind a failure.
 * @throws what the first of them, by place, failed with.
 */
export async function allDone<T extends readonly unknown[] | []>(
  tasks: T,
): Promise<{ -readonly [K in keyof T]: Awaited<T[K]> }> {
  await Promise.allSettled(tasks);
  return Promise.all(tasks);
}
