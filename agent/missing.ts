/** No such file or folder. */
export const isMissing = (cause: unknown): boolean =>
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

/** What `read` gives; undefined when the process or control group that it reads about ended before or meanwhile. */
export async function unlessGone<T>(read: () => Promise<T>): Promise<T | undefined> {
  try {
    return await read();
  } catch (cause) {
    const code = cause instanceof Error && "code" in cause ? cause.code : undefined;
    if (code === "ENOENT" || code === "ESRCH" || code === "ENODEV") return undefined;
    throw cause;
  }
}
