/** Why the database can't serve now: no answer, or no room to write to. Both pass without anyone changing the request. */
export type Outage = "unreachable" | "full";

/** Of Node and mysql2: nobody listens on the socket, or the connection broke off. */
const brokenConnection = new Set([
  "ECONNREFUSED",
  "ECONNRESET",
  "EPIPE",
  "ETIMEDOUT",
  "PROTOCOL_CONNECTION_LOST",
]);
/** mysql2 gives this failure no code. */
const closedConnection = /connection is in closed state/;
/** MariaDB's: too many connections, shutdown in progress, connection killed, server gone, lost during a query. */
const noServer = new Set([1040, 1053, 1927, 2006, 2013]);
/** MariaDB's: disk full, error writing a file, table full. */
const noRoom = new Set([3, 1021, 1026, 1114]);
/** Of others MariaDB names the system's reason alone: ENOSPC. */
const noSpaceLeft = /Errcode: 28\b|error 28\b|No space left on device/;

function facts(error: Error): { code: unknown; errno: unknown; syscall: unknown } {
  const { code, errno, syscall } = error as Error & Record<"code" | "errno" | "syscall", unknown>;
  return { code, errno, syscall };
}

function outageIn(error: Error): Outage | undefined {
  const { code, errno, syscall } = facts(error);
  if (noRoom.has(errno as number) || noSpaceLeft.test(error.message)) return "full";
  const refused = code === "ENOENT" && syscall === "connect";
  if (refused || brokenConnection.has(String(code)) || noServer.has(errno as number)) return "unreachable";
  return closedConnection.test(error.message) ? "unreachable" : undefined;
}

/** The outage behind whatever Drizzle wrapped around it; undefined for any other failure. */
export function databaseOutage(error: unknown): Outage | undefined {
  for (let current: unknown = error; current instanceof Error; current = current.cause) {
    const found = outageIn(current);
    if (found !== undefined) return found;
  }
  return undefined;
}
