import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { z } from "zod";
import { problemOf } from "../support/api";
import { closeDatabase, rows } from "../support/database";
import type { Answer } from "../support/http";
import { launch, session as look, requestLaunch } from "../support/lab";
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

const created = z.object({ data: z.object({ id: z.string() }) });

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
  tokens: Set<string>;
}

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
    return problem.detail;
  }
  throw new Error(`${manyRequests} mutations fitted onto a full disk.`);
}

/** What the database has of ben since `from`: tokens, and one line of the audit for each mutation. */
async function recorded(from: number): Promise<Pick<Done, "mutations"> & { tokens: number }> {
  const [audit] = await rows(
    "SELECT COUNT(*) AS n FROM audit_log a JOIN users u ON u.id = a.actor_id WHERE u.public_id = ? AND a.id > ?",
    [ben.id, from],
  );
  const [tokens] = await rows(
    "SELECT COUNT(*) AS n FROM api_tokens t JOIN users u ON u.id = t.user_id WHERE u.public_id = ?",
    [ben.id],
  );
  return { mutations: Number(audit?.n), tokens: Number(tokens?.n) };
}

test("a database without room answers 503, harms nothing and goes on when there is room", async () => {
  const session = await launch(ana, { workspaceName: "checkpoints" });
  await writeData(ana, session);
  await withSmallDatabaseDisk(async (disk) => {
    await works(ana, session.slug);
    await trial(ana, { fault: "database's disk full", phase: "run and stop" }, async ({ strike }) => {
      const [{ last }] = (await rows("SELECT MAX(id) AS last FROM audit_log")) as [{ last: number }];
      const done: Done = { mutations: 0, tokens: new Set() };
      disk.fill();
      expect(await untilRefused(done)).toMatch(/disk is full/);
      expect(await look(ana.api, session.slug)).toMatchObject({ state: "RUNNING" });
      await expectData(ana, session);
      disk.empty();
      strike();
      await despiteFaults("a mutation succeeds", async () =>
        (await mutate(done)).status < 400 ? true : undefined,
      );
      expect(await recorded(last)).toEqual({ mutations: done.mutations, tokens: done.tokens.size });
      await intact(ana, session.slug);
      await ana.api.call(z.unknown(), "POST", `external/sessions/${session.slug}/stop`);
      expect(await reaches(ana, session.slug, ["STOPPED", "ERROR"])).toMatchObject({ state: "STOPPED" });
      const again = await requestLaunch(ana.api, { workspaceName: "checkpoints" });
      const back = await intact(ana, again.slug);
      return { state: "503 with a reason, RUNNING throughout, no half rows, data intact", session: back };
    });
  });
  await quietLab();
});
