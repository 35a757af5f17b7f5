import { eq, sql } from "drizzle-orm";
import { afterAll, beforeAll, expect, it } from "vitest";
import { scorings, submissions } from "@/db/schema";
import { queueRescorings } from "@/lib/competitions/lifecycle/recover";
import { submissionView } from "@/lib/competitions/model";
import { getSubmission } from "@/lib/competitions/queries/submissions";
import { sweepStore } from "@/lib/competitions/store/sweep";
import { orphanMs, rejectedKeptDays } from "@/lib/competitions/store/tunables";
import { seedCompetition, seedEvaluation, sha256Of } from "@/lib/competitions/testing";
import { filesBelow, type TestPerson, type TestStore, testStore } from "./testing/store";

let lab: TestStore;
let slug: string;

beforeAll(async () => {
  lab = await testStore();
  slug = (await seedCompetition(lab.admin.context)).slug;
});
afterAll(() => lab.close());

async function send({ as }: TestPerson, body: string): Promise<string> {
  const path = `/external/competitions/${slug}/submissions?filename=p.csv`;
  const response = await lab.call({ method: "POST", path, as, body: Buffer.from(body) });
  const { data } = await response.json();
  return submissionView.parse(data).id;
}

const ofSubmission = (id: string) =>
  eq(scorings.submissionId, sql`(select s.id from ${submissions} s where s.public_id = ${id})`);

/** As the worker settles it, so many days ago. */
async function settle(id: string, state: "REJECTED" | "SCORED", daysAgo: number): Promise<void> {
  const finishedAt = sql`utc_timestamp(3) - interval ${daysAgo} day`;
  await lab.database.db.update(scorings).set({ state, finishedAt }).where(ofSubmission(id));
}

/** When what was sent just now is old enough to be looked at. */
const sweep = () => sweepStore(lab.database.db, lab.store, Date.now() + orphanMs + 60_000);
const isKept = (body: string) => filesBelow(lab.store.submissions).includes(sha256Of(body));
const viewOf = ({ context }: TestPerson, id: string) =>
  getSubmission(lab.database.db, context.actor, "external", id);

it("the file of a submission goes some days after its rejection, the row says so and it is scored no more", async () => {
  const [ana, bea] = [await lab.person(), await lab.person()];
  const [first, second] = [await send(ana, "bad"), await send(bea, "bad")];
  await settle(first, "REJECTED", rejectedKeptDays + 1);
  await settle(second, "REJECTED", rejectedKeptDays - 1);
  await sweep();
  expect(isKept("bad")).toBe(true);
  expect((await viewOf(ana, first)).fileDroppedAt).toBeNull();

  await settle(second, "REJECTED", rejectedKeptDays + 1);
  await sweep();
  expect(isKept("bad")).toBe(false);
  const file = { method: "GET", path: `/external/submissions/${first}/file`, as: ana.as };
  const gone = await lab.call(file);
  expect([gone.status, await gone.text()]).toEqual([404, expect.stringContaining("kept no more")]);

  await seedEvaluation(lab.admin.context, slug);
  await queueRescorings(lab.database.db);
  const ours = await lab.database.db.select().from(scorings).where(ofSubmission(first));
  expect(ours).toHaveLength(1);
  expect(await viewOf(bea, second)).toMatchObject({ state: "REJECTED", fileDroppedAt: expect.any(String) });

  // The same content once more is a file like any other.
  const again = await send(ana, "bad");
  await sweep();
  expect(isKept("bad")).toBe(true);
  expect((await lab.call({ ...file, path: `/external/submissions/${again}/file` })).status).toBe(200);
});

it("one that is scored, waits, or may be valid under a new evaluation keeps its file", async () => {
  const ana = await lab.person();
  const [scored, waiting, newly] = [await send(ana, "good"), await send(ana, "new"), await send(ana, "old")];
  await settle(scored, "SCORED", rejectedKeptDays + 1);
  await settle(newly, "REJECTED", rejectedKeptDays + 1);
  await seedEvaluation(lab.admin.context, slug);
  await sweep();
  await queueRescorings(lab.database.db);
  await sweep();
  for (const body of ["good", "new", "old"]) expect(isKept(body)).toBe(true);
  for (const id of [scored, waiting, newly])
    expect(await viewOf(ana, id)).toMatchObject({ state: "QUEUED", fileDroppedAt: null });
});
