import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { z } from "zod";
import { problemOf } from "../support/api";
import { closeDatabase, rows } from "../support/database";
import { eventually } from "../support/eventually";
import type { Answer } from "../support/http";
import { launch, requestLaunch, stepMs } from "../support/lab";
import { expectNoLeaks } from "../support/leaks";
import { newPerson, type Person } from "../support/people";
import { withSmallDatabaseDisk } from "../support/small-disk";
import {
  despiteFaults,
  expectData,
  intact,
  quietLab,
  reaches,
  trial,
  works,
  writeData,
} from "../support/trial";
import { mariadb } from "../support/victims";

const token = z.object({ id: z.string() });
const created = z.object({ data: token });

let ana: Person;
let ben: Person;
beforeAll(async () => {
  [ana, ben] = [await newPerson("ana"), await newPerson("ben")];
});
beforeEach(quietLab);
afterAll(async () => {
  await expectNoLeaks();
  await closeDatabase();
});

/** Rows fit into what the tables have already; far more of them than that don't. */
const manyRequests = 10_000;

/** What ben has done: mutations that were answered with a success, and the tokens that he has after them. */
interface Done {
  mutations: number;
  /** Mutations that the database ended under: only it knows what became of them. */
  unknown: number;
  tokens: Set<string>;
}

const isFull = /disk is full/;
const isDown = /database does not answer/;

/** Makes a token, or revokes the one there is. @returns the answer, noted in `done` when it is a success */
async function mutate(done: Done): Promise<Answer> {
  const [held] = done.tokens;
  const answer =
    held === undefined
      ? await ben.api.send("POST", "me/api-tokens", { name: "backup" })
      : await ben.api.send("DELETE", `me/api-tokens/${held}`);
  if (answer.status >= 400) return answer;
  done.mutations++;
  if (held === undefined) done.tokens.add(created.parse(JSON.parse(answer.text)).data.id);
  else done.tokens.delete(held);
  return answer;
}

/** Goes on until the database has no room. @returns what the person is told then */
async function untilRefused(done: Done): Promise<string> {
  for (let count = 0; count < manyRequests; count++) {
    const answer = await mutate(done);
    if (answer.status < 400) continue;
    const problem = problemOf(answer);
    expect(problem.status).toBe(503);
    expect(answer.headers["retry-after"]).toBe("5");
    expect(answer.text).not.toMatch(/insert into|node_modules|InnoDB|errno/i);
    if (isDown.test(problem.detail)) done.unknown++;
    return problem.detail;
  }
  throw new Error(`${manyRequests} mutations fitted onto a full disk.`);
}

/** What the database has of ben since `from`: his tokens, and one line of the audit for each mutation. */
async function recorded(from: number): Promise<{ made: number; revoked: number; tokens: number }> {
  const [audit] = await rows(
    `SELECT COALESCE(SUM(a.action = 'apiToken.create'), 0) AS made,
            COALESCE(SUM(a.action = 'apiToken.revoke'), 0) AS revoked
     FROM audit_log a JOIN users u ON u.id = a.actor_id WHERE u.public_id = ? AND a.id > ?`,
    [ben.id, from],
  );
  const [tokens] = await rows(
    "SELECT COUNT(*) AS n FROM api_tokens t JOIN users u ON u.id = t.user_id WHERE u.public_id = ?",
    [ben.id],
  );
  return { made: Number(audit?.made), revoked: Number(audit?.revoked), tokens: Number(tokens?.n) };
}

/** Every mutation that was answered with a success is there, none in half, and nothing but them and the unknown ones. */
async function expectWholeRows(done: Done, from: number): Promise<void> {
  const { made, revoked, tokens } = await recorded(from);
  expect(tokens).toBe(made - revoked);
  expect(made + revoked).toBeGreaterThanOrEqual(done.mutations);
  expect(made + revoked).toBeLessThanOrEqual(done.mutations + done.unknown);
  expect(tokens).toBe(done.tokens.size);
}

/** There is room again, or the database itself. */
async function mutatesAgain(done: Done): Promise<void> {
  await despiteFaults("a mutation succeeds", async () => {
    const held = await ben.api.call(z.array(token), "GET", "me/api-tokens");
    done.tokens = new Set(held.map(({ id }) => id));
    return (await mutate(done)).status < 400 || undefined;
  });
}

/**
 * A database may say that it has no room, or be ended by that: InnoDB aborts where a rollback needs room and finds none.
 * Then it is down until there is some.
 */
async function whatItDid(told: string, before: number | undefined): Promise<string> {
  if (isFull.test(told)) return "503 with the reason";
  expect(told).toMatch(isDown);
  await eventually("MariaDB has ended", stepMs, () => mariadb.pid() !== before || undefined);
  return "MariaDB ended, 503 with that reason";
}

/** As the database has it, or nothing while there is none. */
async function expectStillRunning(slug: string): Promise<void> {
  const answer = await ana.api.send("GET", `external/sessions/${slug}`);
  if (answer.status === 503) expect(problemOf(answer).detail).toMatch(isDown);
  else expect(JSON.parse(answer.text)).toMatchObject({ data: { state: "RUNNING" } });
}

test("a database without room answers 503, harms nothing and goes on when there is room", async () => {
  const session = await launch(ana, { workspaceName: "checkpoints" });
  await writeData(ana, session);
  await withSmallDatabaseDisk(async (disk) => {
    await works(ana, session.slug);
    await trial(ana, { fault: "database's disk full", phase: "run and stop" }, async ({ strike }) => {
      const [{ last }] = (await rows("SELECT MAX(id) AS last FROM audit_log")) as [{ last: number }];
      const done: Done = { mutations: 0, unknown: 0, tokens: new Set() };
      const before = mariadb.pid();
      disk.fill();
      const told = await whatItDid(await untilRefused(done), before);
      await expectStillRunning(session.slug);
      await expectData(ana, session);
      disk.empty();
      strike();
      await mutatesAgain(done);
      await expectWholeRows(done, last);
      await intact(ana, session.slug);
      await ana.api.call(z.unknown(), "POST", `external/sessions/${session.slug}/stop`);
      expect(await reaches(ana, session.slug, ["STOPPED", "ERROR"])).toMatchObject({ state: "STOPPED" });
      const again = await requestLaunch(ana.api, { workspaceName: "checkpoints" });
      const back = await intact(ana, again.slug);
      return { state: `${told}, RUNNING throughout, no half rows, data intact`, session: back };
    });
  });
  await quietLab();
});
