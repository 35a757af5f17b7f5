export const liveTopics = ["sessions", "workspaces", "gpus", "account", "notices", "competitions"] as const;
export type LiveTopic = (typeof liveTopics)[number];

/** The topic of a live message; null for one that this page doesn't know, as after an update of the server. */
export function liveTopicOf(data: string): LiveTopic | null {
  try {
    const message: unknown = JSON.parse(data);
    if (typeof message !== "object" || message === null || !("topic" in message)) return null;
    return liveTopics.find((topic) => topic === message.topic) ?? null;
  } catch {
    // Not JSON, so not one of ours: the fallback polling keeps the page true.
    return null;
  }
}
