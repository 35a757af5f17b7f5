import { afterAll, beforeAll, expect, test } from "vitest";
import type { CommandContext } from "@/lib/competitions/commands/context";
import { seedCompetition } from "@/lib/competitions/testing";
import { seedUser } from "@/lib/sessions/testing";
import { until } from "../testing/lab";
import { ScoringLab } from "../testing/scoring-lab";

/** Submissions that do in the scorer what they can. */
let lab: ScoringLab;
let slug: string;
let evaluation: string;
let ana: CommandContext;

beforeAll(async () => {
  lab = await ScoringLab.start("worker/scorer/testing/hostile-child.ts");
  ana = await seedUser(lab.db);
  // What gives its quota back leaves room for the next, and what runs over a bound does not.
  ({ slug, evaluation } = await seedCompetition(lab.admin, { settings: { totalLimit: 1 } }));
  await lab.startWorker();
});
afterAll(() => lab.close());

function submitted(name: string): Promise<string> {
  const request = lab.store.deed(name, { evaluation });
  return lab.accept(ana, slug, request.job === "score" ? request.submission : "");
}

/** Until it is no longer tried: what it waits for in between is taken away. */
async function outcomeOf(id: string) {
  return until(`${id} has ended`, async () => {
    await lab.hurry();
    const row = await lab.scoring(id);
    return row.state === "QUEUED" || row.state === "SCORING" ? null : row;
  });
}

test("one that ends its process is tried four times and FAILED, with the last words for the admin", async () => {
  expect(await outcomeOf(await submitted("dies"))).toMatchObject({
    ...{ state: "FAILED", attempts: 4, metrics: null },
    failure: "The job ended (SIGSEGV):\nthe last words",
  });
});

test("one that takes more memory than it may is tried twice and FAILED, with a plain reason", async () => {
  expect(await outcomeOf(await submitted("objects"))).toMatchObject({
    ...{ state: "FAILED", attempts: 2, metrics: null },
    failure: "Scoring it took more memory than a submission gets.",
  });
  await expect(submitted("lies")).rejects.toThrow("takes 1 of each person");
  ana = await seedUser(lab.db);
});

test("one that lies about its score gets none", async () => {
  expect(await outcomeOf(await submitted("lies"))).toMatchObject({ state: "FAILED", metrics: null });
});

test("a worker that is told to end gives back untried what takes long; one that is killed is taken over", async () => {
  const id = await submitted("spin");
  await lab.reaches(id, "SCORING");
  expect(await lab.workers.pop()?.stop()).toBe(0);
  expect(await lab.scoring(id)).toMatchObject({
    state: "QUEUED",
    attempts: 0,
    retryAt: null,
    claimOwner: null,
  });
  const [first, second] = [await lab.startWorker(), await lab.startWorker()];
  const { claimOwner } = await lab.reaches(id, "SCORING");
  const [holder, other] = first.lines.some((line) => line.includes(String(claimOwner).split(":")[0] ?? ""))
    ? [first, second]
    : [second, first];
  await holder.kill();
  await lab.expire(id);
  other.wake();
  await until("the other worker has it", async () => {
    const now = await lab.scoring(id);
    return now.state === "SCORING" && now.claimOwner !== claimOwner ? now : null;
  });
  expect(await lab.scoring(id)).toMatchObject({ attempts: 2 });
});
