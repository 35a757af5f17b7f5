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
