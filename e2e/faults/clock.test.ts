import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { z } from "zod";
import { type SettableClock, withSettableClock } from "../support/clock";
import { closeDatabase, rows } from "../support/database";
import { launch, requestLaunch, snapshots, stop } from "../support/lab";
import { expectNoLeaks } from "../support/leaks";
import { reached } from "../support/moments";
import { newPerson, type Person } from "../support/people";
import { despiteFaults, intact, quietLab, reaches, trial, works, writeData } from "../support/trial";
import { kill, succeeded, whileStalled, worker } from "../support/victims";

let ana: Person;
let ben: Person;
const fault = (direction: string) => `clock of database, web and worker jumps an hour ${direction}`;

beforeAll(async () => {
  [ana, ben] = [await newPerson("ana"), await newPerson("ben")];
});
beforeEach(quietLab);
afterAll(async () => {
  await expectNoLeaks();
  await closeDatabase();
});

async function jumpAhead(clock: SettableClock, long: string, brief: string): Promise<void> {
  await trial(ana, { fault: fault("ahead"), phase: "run" }, async ({ strike }) => {
    strike();
    await clock.set(1);
    const ended = await reaches(ben, brief, ["STOPPED", "ERROR"]);
    expect(ended).toMatchObject({ state: "STOPPED", stopReason: "time_limit", error: null });
    expect(await snapshots(ben.api, ended.workspace.id)).toHaveLength(1);
    const session = await intact(ana, long);
    return { state: "RUNNING; a 30-minute session ended by its limit, with a snapshot", session };
  });
}

/** A host counts as silent until the worker has asked it once by the new clock. */
function launchesAreTaken(): Promise<true> {
  return despiteFaults("launches are taken", async () => {
    const sql = "SELECT 1 FROM nodes WHERE last_seen_at > UTC_TIMESTAMP() - INTERVAL 30 SECOND";
    return (await rows(sql)).length > 0 ? true : undefined;
  });
}

/** The launch is recorded by the late clock and claimed by the early one. */
async function jumpBackAtStart(clock: SettableClock): Promise<string> {
  await launchesAreTaken();
  const { slug } = await whileStalled(worker, async () => {
    const asked = await requestLaunch(ben.api, { workspaceName: "brief" });
    await clock.set(0);
    return asked;
  });
  await trial(ben, { fault: fault("back"), phase: "start" }, async ({ strike }) => {
    strike();
    const session = await intact(ben, slug);
    return { state: "RUNNING, data intact", session };
  });
  return slug;
}

/** A worker dies in the middle of a stop, and its claim's end lies more than an hour ahead of the new clock. */
async function jumpBackAtStop(clock: SettableClock, slug: string): Promise<void> {
  await trial(ben, { fault: fault("back, and the worker dies"), phase: "stop" }, async ({ strike }) => {
    const stoppedAt = new Date();
    await ben.api.call(z.unknown(), "POST", `external/sessions/${slug}/stop`);
    await reached(slug, { kind: "container", action: "kill" }, stoppedAt);
    strike();
    const killed = kill(worker);
    await clock.set(0);
    await succeeded(worker, killed);
    const ended = await reaches(ben, slug, ["STOPPED", "ERROR"]);
    expect(ended).toMatchObject({ state: "STOPPED", stopReason: "user", error: null });
    return { state: "STOPPED" };
  });
}

test("a clock that jumps an hour ahead and an hour back", async () => {
  const long = await launch(ana, { workspaceName: "long", ttlMinutes: 600 });
  const brief = await launch(ben, { workspaceName: "brief", ttlMinutes: 30 });
  await writeData(ana, long);
  await writeData(ben, brief);
  await withSettableClock(async (clock) => {
    await works(ana, long.slug);
    await jumpAhead(clock, long.slug, brief.slug);
    const slug = await jumpBackAtStart(clock);
    await clock.set(1);
    await jumpBackAtStop(clock, slug);
    await intact(ana, long.slug);
  });
  await stop(ana.api, long.slug);
});
