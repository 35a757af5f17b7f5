/** How live the page is: by the stream, trying to get it back, or by polling alone. */
export type Connection = "live" | "reconnecting" | "polling";

let connection: Connection = "live";
const listeners = new Set<() => void>();

function set(next: Connection): void {
  if (next === connection) return;
  connection = next;
  for (const listener of listeners) listener();
}

export function connectionOpened(): void {
  set("live");
}

/** @param forGood the browser won't try again, as when the server refused the stream */
export function connectionLost(forGood: boolean): void {
  set(forGood ? "polling" : "reconnecting");
}

export function currentConnection(): Connection {
  return connection;
}

export function subscribeConnection(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
