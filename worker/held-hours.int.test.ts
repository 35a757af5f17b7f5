import { eq } from "drizzle-orm";
import { afterAll, beforeAll, expect, test } from "vitest";
import { gpus, slots, weeks } from "@/db/schema";
import { required } from "@/lib/kernel/assert";
import { launchSession } from "@/lib/sessions/commands/launch";
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

async function holds({ actor }: CommandContext, startsAt: Date): Promise<void> {
  const [gpu] = await lab.db.select().from(gpus);
  const [week] = await lab.db.select().from(weeks).where(eq(weeks.status, "executing"));
  const sold = { state: "sold", userId: actor.userId, price: 1, n: 1 } as const;
  const [gpuId, key] = [required(gpu, "the GPU").id, required(week, "the week that runs").key];
  await lab.db.insert(slots).values({ gpuId, startsAt, week: key, ...sold });
}

const begins = ({ actor }: CommandContext, startsAt: Date) =>
  lab.db.update(slots).set({ startsAt }).where(eq(slots.userId, actor.userId));

test("a holder's session is warned, snapshotted and stopped before the hour of the next, who starts on it", async () => {
  const [ana, bo] = [await person(), await person()];
  await until("the week has begun", async () => (await lab.db.select().from(weeks)).length > 0);
  await lab.db.update(gpus).set({ mode: "auction" });
  await holds(ana, inMs(-10 * minuteMs));
  await holds(bo, inMs(50 * minuteMs));
  const slug = await launchSession(ana, "external", {});
  await lab.reaches(slug, "RUNNING");
  await expect(launchSession(bo, "external", {})).rejects.toThrow(`${ana.actor.username} holds it until`);
  // Its last hour ends in less than two minutes, so that it has to go in less than one.
  await begins(ana, inMs(110_000 - hourMs));
  await until("it is warned", async () => (await lab.events(slug)).includes("hour_ending"));
  expect((await lab.session(slug)).state).toBe("RUNNING");
  await begins(ana, inMs(55_000 - hourMs));
  const ended = await lab.reaches(slug, "STOPPED", "ERROR");
  expect(ended).toMatchObject({ state: "STOPPED", stopReason: "hour_ended", error: null });
  const told = (await lab.events(slug)).filter((kind) => kind !== "hours_changed");
  expect(told.slice(told.indexOf("hour_ending"))).toEqual([
    "hour_ending",
    "stop_requested",
    "snapshot_taken",
    "stopped",
  ]);
  // The hour turns.
  await begins(ana, inMs(-hourMs - 1));
  await begins(bo, inMs(-1));
  await expect(launchSession(ana, "external", {})).rejects.toThrow(`${bo.actor.username} holds it until`);
  await lab.reaches(await launchSession(bo, "external", {}), "RUNNING");
});
