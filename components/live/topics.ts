export const liveTopics = [
  "sessions",
  "workspaces",
  "gpus",
  "account",
  "notices",
  "competitions",
  "schedule",
] as const;
export type LiveTopic = (typeof liveTopics)[number];

export interface LiveMessage {
  readonly topic: LiveTopic;
  /** What changed, by slug or public id; null for the topic as a whole. */
  readonly resource: string | null;
}

/** A live message; null for one that this page doesn't know, as after an update of the server. */
export function liveMessageOf(data: string): LiveMessage | null {
  try {
    const message: unknown = JSON.parse(data);
    if (typeof message !== "object" || message === null || !("topic" in message)) return null;
    const topic = liveTopics.find((known) => known === message.topic);
    const resource = "resource" in message && typeof message.resource === "string" ? message.resource : null;
    return topic === undefined ? null : { topic, resource };
  } catch {
    // Not JSON, so not one of ours: the fallback polling keeps the page true.
    return null;
  }
}
