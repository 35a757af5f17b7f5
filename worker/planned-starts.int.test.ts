import { eq } from "drizzle-orm";
import { afterAll, beforeAll, expect, test } from "vitest";
import { gpus, plannedStarts, sessions, slots, weeks } from "@/db/schema";
import { required } from "@/lib/kernel/assert";
import { launchSession } from "@/lib/sessions/commands/launch";
import { planStart } from "@/lib/sessions/commands/plan";
import { seedUser } from "@/lib/sessions/testing";
import type { CommandContext } from "@/lib/workspaces/commands";
import { until, WorkerLab } from "./testing/lab";

const [minuteMs, hourMs] = [60_000, 3_600_000];

let lab: WorkerLab;
beforeAll(async () => {
  lab = await WorkerLab.start({ gpus: 1, workers: 2 });
});
afterAll(() => lab.close());

const person = () => seedUser(lab.db, { wake: () => lab.wake() });
/** A test's clock: instead of waiting, hours are moved to where they would be by then. */
const inMs = (ms: number) => new Date(Date.now() + ms);

async function holds({ actor }: CommandContext, startsAt: Date): Promise<string> {
  const [gpu] = await lab.db.select().from(gpus);
  const [week] = await lab.db.select().from(weeks).where(eq(weeks.status, "executing"));
  const sold = { state: "sold", userId: actor.userId, price: 1, n: 1 } as const;
  const { id: gpuId, publicId } = required(gpu, "the GPU");
  await lab.db
    .insert(slots)
    .values({ gpuId, startsAt, week: required(week, "the week that runs").key, ...sold });
  return publicId;
}

/** The hour first: a start whose hour is nobody's when it comes lapses. */
async function begins({ actor: { userId } }: CommandContext, startsAt: Date): Promise<void> {
  await lab.db.update(slots).set({ startsAt }).where(eq(slots.userId, userId));
  await lab.db
    .update(plannedStarts)
    .set({ startsAt, dueAt: startsAt })
    .where(eq(plannedStarts.userId, userId));
}

const sessionsOf = ({ actor }: CommandContext) =>
  lab.db.select().from(sessions).where(eq(sessions.userId, actor.userId));
const plannedBy = async ({ actor }: CommandContext) =>
  required(
    (await lab.db.select().from(plannedStarts).where(eq(plannedStarts.userId, actor.userId)))[0],
    "a start",
  );

test("the next holder's session starts by itself at the hour, as soon as the one before has gone", async () => {
  const [ana, bo] = [await person(), await person()];
  await until("the week has begun", async () => (await lab.db.select().from(weeks)).length > 0);
  await lab.db.update(gpus).set({ mode: "auction" });
  await holds(ana, inMs(-10 * minuteMs));
  const first = await launchSession(ana, "external", {});
  await lab.reaches(first, "RUNNING");
  const hour = inMs(50 * minuteMs);
  const gpuId = await holds(bo, hour);
  await planStart(bo, "external", { gpuId, slot: hour.toISOString(), workspaceName: "nightly" });

  // The host takes its time over the stop.
  let letGo: () => void = () => undefined;
  const held = new Promise<void>((resolve) => {
    letGo = resolve;
  });
  lab.agent.inject({ verb: "session.stop", when: "before", act: () => held });
  await begins(ana, inMs(55_000 - hourMs));
  await lab.reaches(first, "STOPPING");
  await begins(ana, inMs(-hourMs - 1));
  await begins(bo, inMs(-1));
  await until(
    "it waits for the GPU",
    async () => (await plannedBy(bo)).reason?.includes("is in use by") ?? false,
  );
  expect(await sessionsOf(bo)).toEqual([]);
  letGo();
  const [started] = await until("it starts", async () => {
    const found = await sessionsOf(bo);
    return found.length > 0 && found;
  });
  const slug = required(started, "the session").slug;
  expect((await lab.session(first)).state).toBe("STOPPED");
  await lab.reaches(slug, "RUNNING");
  expect(await plannedBy(bo)).toMatchObject({ state: "STARTED", reason: null });
  expect(await sessionsOf(bo)).toHaveLength(1);
});
