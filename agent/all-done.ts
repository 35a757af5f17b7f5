/**
 * Waits for all to their end, also when one fails: nothing is left running behind a failure.
 * Each has to be an async function's: what is thrown while they are begun would leave those before it to themselves.
 * @throws what the first of them, by place, failed with.
 */
export async function allDone<T extends readonly unknown[] | []>(
  tasks: T,
): Promise<{ -readonly [K in keyof T]: Awaited<T[K]> }> {
  await Promise.allSettled(tasks);
  return Promise.all(tasks);
}
