import { asc, gte } from "drizzle-orm";
import type { Db } from "@/db/client";
import { changes } from "@/db/schema";
import { type ChangeTopic, changeTopics } from "@/lib/audit/record";
import { hearersOf } from "@/lib/competitions/queries/hearers";
import { AppError } from "@/lib/kernel/errors";
import type { Logger } from "@/lib/kernel/log";
import { liveBacklog, liveMaxAgeMs, liveOverlapMs, livePollMs, liveStreamsPerUser } from "./tunables";

export interface LiveChange {
  readonly topic: ChangeTopic;
  /** Slug or public id; null when the topic as a whole changed. */
  readonly resource: string | null;
}

interface Row {
  readonly id: number;
  readonly at: Date;
  readonly userId: number | null;
  readonly topic: string;
  readonly resource: string | null;
}

interface Listener {
  readonly userId: number;
  /** Admins hear of everybody's: their pages show everybody's. */
  readonly everybody: boolean;
  readonly backlog: LiveChange[];
  closed: boolean;
  wake: () => void;
}

export interface LiveFeed {
  /**
   * Starts listening; once it resolves no later commit is missed. The iterator ends when `signal` aborts, after
   * `liveMaxAgeMs`, or when the listener can't keep up.
   * @throws AppError too_many
   */
  listen(
    who: { userId: number; everybody: boolean },
    signal: AbortSignal | undefined,
  ): Promise<AsyncGenerator<LiveChange>>;
}

function isTopic(text: string): text is ChangeTopic {
  return (changeTopics as readonly string[]).includes(text);
}

/**
 * One poller per process over `changes`, running only while somebody listens. Each poll reads an overlapping window and
 * drops what it has seen, so that a transaction that commits late is still heard.
 */
export class ChangePoller implements LiveFeed {
  readonly #listeners = new Set<Listener>();
  /** Ids handed on already, with their time, while they are inside the window. */
  readonly #seen = new Map<number, number>();
  #primed: Promise<void> | undefined;

  constructor(
    private readonly db: Db,
    private readonly log: Logger,
  ) {}

  async listen(
    who: { userId: number; everybody: boolean },
    signal: AbortSignal | undefined,
  ): Promise<AsyncGenerator<LiveChange>> {
    const mine = [...this.#listeners].filter((listener) => listener.userId === who.userId);
    if (mine.length >= liveStreamsPerUser) {
      throw new AppError("too_many", `You have ${mine.length} live pages open. Close some of them.`, {
        retryAfterSeconds: 60,
      });
    }
    const listener: Listener = { ...who, backlog: [], closed: false, wake: () => undefined };
    this.#listeners.add(listener);
    try {
      await this.#ensureRunning();
    } catch (error) {
      this.#close(listener);
      throw error;
    }
    const age = setTimeout(() => this.#close(listener), liveMaxAgeMs);
    age.unref();
    signal?.addEventListener("abort", () => this.#close(listener), { once: true });
    if (signal?.aborted) this.#close(listener);
    const stream = this.#iterate(listener, age);
    const end = stream.return.bind(stream);
    // A generator that nobody has read from yet skips its `finally`: an answer dropped unread would listen on.
    stream.return = (value) => {
      this.#close(listener);
      clearTimeout(age);
      return end(value);
    };
    return stream;
  }

  /** Resolves when all that is there already is marked as seen; from then on the poller runs. */
  async #ensureRunning(): Promise<void> {
    this.#primed ??= this.#prime();
    await this.#primed;
  }

  async #prime(): Promise<void> {
    this.#seen.clear();
    try {
      for (const row of await this.#fresh()) this.#seen.set(row.id, row.at.getTime());
    } catch (error) {
      this.#primed = undefined;
      throw error;
    }
    void this.#loop();
  }

  async #loop(): Promise<void> {
    while (this.#listeners.size > 0) {
      await new Promise((resolve) => setTimeout(resolve, livePollMs));
      try {
        const rows = await this.#fresh();
        const hearers = await this.#hearersOf(rows);
        for (const row of rows) {
          this.#seen.set(row.id, row.at.getTime());
          this.#deliver(row, hearers.get(row.resource ?? ""));
        }
      } catch (error) {
        this.log.warn({ err: error }, "live changes could not be read; trying again");
      }
    }
    this.#primed = undefined;
  }

  async #fresh(): Promise<Row[]> {
    const since = new Date(Date.now() - liveOverlapMs);
    const rows = await this.db.select().from(changes).where(gte(changes.at, since)).orderBy(asc(changes.id));
    const unseen = rows.filter((row) => !this.#seen.has(row.id));
    for (const [id, at] of this.#seen) if (at < since.getTime()) this.#seen.delete(id);
    return unseen;
  }

  /** Of what changed for everybody, competitions that are not everybody's. */
  #hearersOf(rows: readonly Row[]): Promise<ReadonlyMap<string, ReadonlySet<number>>> {
    const ids = rows.flatMap(({ userId, topic, resource }) =>
      userId === null && topic === "competitions" && resource !== null ? [resource] : [],
    );
    const listening = [...this.#listeners].map(({ userId }) => userId);
    return hearersOf(this.db, [...new Set(ids)], [...new Set(listening)]);
  }

  #deliver(row: Row, hearers: ReadonlySet<number> | undefined): void {
    if (!isTopic(row.topic)) return;
    for (const listener of this.#listeners) {
      if (hearers?.has(listener.userId) === false) continue;
      if (row.userId !== null && row.userId !== listener.userId && !listener.everybody) continue;
      if (listener.backlog.length >= liveBacklog) {
        this.#close(listener);
        continue;
      }
      listener.backlog.push({ topic: row.topic, resource: row.resource });
      listener.wake();
    }
  }

  #close(listener: Listener): void {
    listener.closed = true;
    this.#listeners.delete(listener);
    listener.wake();
  }

  async *#iterate(listener: Listener, age: NodeJS.Timeout): AsyncGenerator<LiveChange> {
    try {
      for (;;) {
        const next = listener.backlog.shift();
        if (next) {
          yield next;
          continue;
        }
        if (listener.closed) return;
        await new Promise<void>((resolve) => {
          listener.wake = resolve;
        });
      }
    } finally {
      clearTimeout(age);
      this.#close(listener);
    }
  }
}
