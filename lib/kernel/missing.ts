/** No such file or folder. */
export const isMissing = (cause: unknown): cause is NodeJS.ErrnoException =>
  cause instanceof Error && "code" in cause && cause.code === "ENOENT";

/** What `read` resolves to; undefined where there is no such file. Any other failure is thrown. */
export async function unlessMissing<T>(read: Promise<T>): Promise<T | undefined> {
  try {
    return await read;
  } catch (cause) {
    if (isMissing(cause)) return undefined;
    throw cause;
  }
}
