/** What kept a page from loading: a part of its code did not come, or the connection was cut while its data came. */
export type CutShort = "code" | "connection";

/** What browsers, and React for an answer that ends too early, say of a connection that was cut. */
const cutMessages =
  /^(Failed to fetch|network error|Load failed|Error in input stream|NetworkError when|The network connection was lost|Connection closed\.)/i;

/** Whether a page's failure is the way's to the lab, so that another try may do; null for what the lab itself refused. */
export function cutShort(error: unknown): CutShort | null {
  // What failed on the server carries the id of its line in the log.
  if (!(error instanceof Error) || "digest" in error) return null;
  if (error.name === "ChunkLoadError") return "code";
  return cutMessages.test(error.message) ? "connection" : null;
}

/** Before each try. A host's network that has just changed is back within a second or two. ms */
const pausesMs = [300, 1_000, 2_000, 4_000] as const;

/** How long to wait before the next try; null once there were enough. */
export function pauseBefore(tries: number): number | null {
  return pausesMs[tries] ?? null;
}
