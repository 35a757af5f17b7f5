import type { Connection } from "mysql2";
import { connectDb, type Db } from "@/db/client";

export interface CrashingDb {
  /**
   * Does the work on a connection that is cut off once the server has answered its statement number `after`, before
   * anyone has read the answer. Whatever came of it is for the caller to find out.
   * @returns whether it came so far
   */
  during(after: number, work: (db: Db) => Promise<unknown>): Promise<boolean>;
  close(): Promise<void>;
}

/** A database whose connection dies when it is told to: what a killed process leaves behind. */
export function crashingDb(url: string): CrashingDb {
  const db = connectDb({ url, poolSize: 1 });
  let left = Number.POSITIVE_INFINITY;
  db.$client.on("connection", (connection) => {
    cutOff(connection as unknown as Connection, () => {
      left -= 1;
      return left <= 0;
    });
  });
  return {
    async during(after, work) {
      left = after;
      // What it ended with is of no account: a crash has no answer.
      await work(db).catch(() => undefined);
      const cut = left <= 0;
      left = Number.POSITIVE_INFINITY;
      return cut;
    },
    close: () => db.$client.end(),
  };
}

function cutOff(connection: Connection, isLast: () => boolean): void {
  const query = connection.query.bind(connection) as (...args: unknown[]) => unknown;
  Reflect.set(connection, "query", (...args: unknown[]) => {
    const answer = args.at(-1);
    if (typeof answer !== "function") return query(...args);
    return query(...args.slice(0, -1), (...answered: unknown[]) => {
      if (!isLast()) return answer(...answered);
      connection.destroy();
      answer(Object.assign(new Error("The connection was cut off."), { code: "PROTOCOL_CONNECTION_LOST" }));
    });
  });
}
