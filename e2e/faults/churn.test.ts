import { setTimeout as pause } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import { activeSessionStates } from "@/lib/sessions/model";
import { ApiProblem } from "../support/api";
import { closeDatabase, rows } from "../support/database";
import { eventually } from "../support/eventually";
import { gpus, session as look, requestLaunch } from "../support/lab";
import { expectNoLeaks } from "../support/leaks";
import { newPerson, type Person } from "../support/people";
import { simulateGpus } from "../support/simulated-gpus";
import { ssh } from "../support/ssh";
import { isLong, quietLab, record, recoveryMs, trial } from "../support/trial";

const form = isLong() ? { people: 50, minutes: 10 } : { people: 8, minutes: 1 / 3 };
/** Everybody waits at once for a share of two cores, in ms. */
const turnMs = 5 * 60_000;
const lookEveryMs = 250;
/** Longest that anybody stays, in ms. */
const stayMs = 3_000;

let people: Person[];
let usualGpus: number;

beforeAll(async () => {
  await quietLab();
  people = await Promise.all(Array.from({ length: form.people }, (_, n) => newPerson(`churn${n}`)));
  const present = await gpus((people[0] as Person).api);
  usualGpus = present.length;
  await simulateGpus(form.people, (people[0] as Person).api);
}, recoveryMs);

afterAll(async () => {
  await quietLab();
  await simulateGpus(usualGpus, (people[0] as Person).api);
  await expectNoLeaks();
  await closeDatabase();
}, recoveryMs);

/** One look at the database serves everybody who waits. */
class Watch {
  #seen = new Map<string, { state: string; condition: string | null }>();
  #ended = false;
  readonly #looking: Promise<void>;

  constructor(private readonly since: number) {
    this.#looking = this.#look();
  }

  async #look(): Promise<void> {
    while (!this.#ended) {
      const found = await rows("SELECT slug, state, condition_text FROM sessions WHERE id > ?", [this.since]);
      this.#seen = new Map(
        found.map((row) => [
          String(row.slug),
          {
            state: String(row.state),
            condition: row.condition_text === null ? null : String(row.condition_text),
          },
        ]),
      );
      await pause(lookEveryMs);
    }
  }

  /** @returns the state that comes after `states` */
  left(slug: string, states: readonly string[]): Promise<string> {
    const next = () => {
      const state = this.#seen.get(slug)?.state;
      return state === undefined || states.includes(state) ? undefined : state;
    };
    return eventually(`${slug} leaves ${states.join(", ")}`, turnMs, next, () => this.#seen.get(slug));
  }

  async end(): Promise<void> {
    this.#ended = true;
    await this.#looking;
  }
}

interface Tally {
  errors: Map<string, number>;
  count(kind: string): void;
}

function newTally(): Tally {
  const errors = new Map<string, number>();
  return { errors, count: (kind) => errors.set(kind, (errors.get(kind) ?? 0) + 1) };
}

/** Launches, logs in, stays a moment, stops, again and again. */
async function comeAndGo(person: Person, watch: Watch, until: number, tally: Tally): Promise<void> {
  while (performance.now() < until) {
    try {
      const { slug } = await requestLaunch(person.api, { workspaceName: "churn" });
      const state = await watch.left(slug, ["STARTING"]);
      if (state === "RUNNING")
        await ssh(person, await look(person.api, slug), "echo $RANDOM > /workspace/last && sync");
      await pause(Math.random() * stayMs);
      await person.api.call(z.unknown(), "POST", `external/sessions/${slug}/stop`);
      const end = await watch.left(slug, activeSessionStates);
      if (end !== "STOPPED") tally.count(`ended in ${end}`);
    } catch (error) {
      if (error instanceof ApiProblem) tally.count(`${error.problem.status} ${error.problem.title}`);
      else tally.count(error instanceof Error ? (error.message.split("\n")[0] ?? "") : String(error));
    }
  }
}

function percentile(sorted: readonly number[], share: number): string {
  return (sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN).toFixed(1);
}

/** From the accepted request until RUNNING, by the database's clock, in s, shortest first. */
async function launchSeconds(since: number): Promise<number[]> {
  const found = await rows(
    `SELECT TIMESTAMPDIFF(MICROSECOND, created_at, running_at) / 1e6 AS s FROM sessions
     WHERE id > ? AND running_at IS NOT NULL ORDER BY s`,
    [since],
  );
  return found.map((row) => Number(row.s));
}

test(`${form.people} people launch and stop without a pause`, async () => {
  const [{ last }] = (await rows("SELECT COALESCE(MAX(id), 0) AS last FROM sessions")) as [{ last: number }];
  const minutes = form.minutes < 1 ? `${form.minutes * 60} s` : `${form.minutes} min`;
  const where = {
    fault: `${form.people} sessions coming and going for ${minutes}`,
    phase: "start, run, stop",
  };
  const tally = newTally();
  await trial(people[0] as Person, where, async ({ strike }) => {
    const watch = new Watch(last);
    const until = performance.now() + form.minutes * 60_000;
    await Promise.all(people.map((person) => comeAndGo(person, watch, until, tally)));
    await watch.end();
    strike();
    const times = await launchSeconds(last);
    const errors = [...tally.errors].map(([kind, count]) => `${count} × ${kind}`).join("; ") || "none";
    record({
      kind: "note",
      text: `${where.fault}: ${times.length} launches; errors: ${errors}; from request to RUNNING p50 ${percentile(times, 0.5)} s, p95 ${percentile(times, 0.95)} s.`,
    });
    expect(times.length).toBeGreaterThanOrEqual(form.people);
    expect([...tally.errors]).toEqual([]);
    return { state: `${times.length} launches, each STOPPED` };
  });
});
