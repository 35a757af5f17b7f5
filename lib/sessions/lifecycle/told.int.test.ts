import { and, eq, sql } from "drizzle-orm";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { notices, sessions, workspaces } from "@/db/schema";
import { createTestDatabase, type TestDatabase } from "@/db/testing";
import { inTransaction } from "@/db/tx";
import { required } from "@/lib/kernel/assert";
import { notify } from "@/lib/notices/notify";
import { listNotices } from "@/lib/notices/queries";
import type { CommandContext } from "@/lib/workspaces/commands";
import { recordWorkspaceUsage } from "@/lib/workspaces/snapshots";
import { extendSession } from "../commands/extend";
import { launchSession } from "../commands/launch";
import { stopSession } from "../commands/stop";
import { seedLab, seedUser } from "../testing";
import { claimDueSessions } from "./claim";
import { failRunning, restartSession, runningOn, stopOverdue, warnOfEnds } from "./recover";
import { markRunning } from "./start";

let database: TestDatabase;
let nodeId: number;
let who: CommandContext;
let slug: string;

beforeAll(async () => {
  database = await createTestDatabase();
  nodeId = (await seedLab(database.db, { gpus: 1 })).nodeId;
});
afterAll(() => database.close());
beforeEach(async () => {
  await db().update(sessions).set({ state: "STOPPED" });
  who = await seedUser(db());
  slug = await launchSession(who, "external", { ttlMinutes: 60 });
  await startDue();
});

const db = () => database.db;

async function startDue(): Promise<void> {
  const [due] = await claimDueSessions(db(), "starter", 1);
  const claim = required(due, "claim");
  await markRunning(db(), claim, claim.node);
}

async function told(): Promise<string[]> {
  const { data } = await listNotices(db(), who.actor, { limit: 50 });
  return data.map(({ content }) => content.kind).reverse();
}

const facts = async () => required((await runningOn(db(), nodeId))[0], "running session");

/** Its limit is so many seconds away. */
const endsIn = (seconds: number) =>
  db()
    .update(sessions)
    .set({ stopsAt: sql`utc_timestamp(3) + interval ${seconds} second` })
    .where(and(eq(sessions.slug, slug)));

test("a stop that was asked for tells nothing", async () => {
  await stopSession(who, "external", slug);
  expect(await told()).toEqual([]);
});

test("the end of a time limit is told once, by however many workers it is found", async () => {
  await endsIn(-1);
  const stopped = await Promise.all(Array.from({ length: 8 }, () => stopOverdue(db())));
  expect(stopped.reduce((sum, n) => sum + n, 0)).toBe(1);
  expect(await told()).toEqual(["session_time_limit"]);
});

test("a time limit is told of ten minutes before, once, and anew when it was put off", async () => {
  await endsIn(660);
  await warnOfEnds(db());
  expect(await told()).toEqual([]);
  await db()
    .update(sessions)
    .set({ runningAt: sql`utc_timestamp(3) - interval 1 hour` })
    .where(eq(sessions.slug, slug));
  await endsIn(590);
  await Promise.all(Array.from({ length: 8 }, () => warnOfEnds(db())));
  expect(await told()).toEqual(["session_ending"]);
  await endsIn(595);
  await warnOfEnds(db());
  expect(await told()).toEqual(["session_ending", "session_ending"]);
});

test("an extension takes back what was told of the old end, read or not, and nothing else", async () => {
  await db()
    .update(sessions)
    .set({ runningAt: sql`utc_timestamp(3) - interval 1 hour` })
    .where(eq(sessions.slug, slug));
  await inTransaction(db(), (tx) =>
    notify(
      tx,
      who.actor.userId,
      { kind: "session_failed", slug: "k3x7q2ab", exposure: "external", reason: "It broke." },
      "session_failed:k3x7q2ab",
    ),
  );
  await endsIn(590);
  await warnOfEnds(db());
  expect(await told()).toEqual(["session_failed", "session_ending"]);
  await extendSession(who, "external", { slug, ttlMinutes: 120 });
  expect(await told()).toEqual(["session_failed"]);
  await endsIn(590);
  await warnOfEnds(db());
  expect(await told()).toEqual(["session_failed", "session_ending"]);
});

test("who asked for a few minutes is not told that they are few", async () => {
  await endsIn(300);
  await warnOfEnds(db());
  expect(await told()).toEqual([]);
});

test("an end for want of GPU-hours is no time limit's", async () => {
  await db()
    .update(sessions)
    .set({ endsWithHours: true, runningAt: sql`utc_timestamp(3) - interval 1 hour` })
    .where(eq(sessions.slug, slug));
  await endsIn(590);
  await warnOfEnds(db());
  expect(await told()).toEqual([]);
  await endsIn(-1);
  await stopOverdue(db());
  expect(await told()).toEqual(["session_hours_used_up"]);
});

test("a failure is told with its reason", async () => {
  expect(await failRunning(db(), await facts(), "The session ran out of memory.")).toBe(true);
  const { data } = await listNotices(db(), who.actor, { limit: 1 });
  expect(data).toMatchObject([
    {
      title: `Session ${slug} failed`,
      body: "The session ran out of memory. The workspace is kept.",
      tone: "bad",
    },
  ]);
});

test("each restart is told, by whoever wins it, with what it means for files", async () => {
  const hostRestart = { cause: "host", detail: "The GPU host was restarted." } as const;
  const before = await facts();
  const won = await Promise.all(Array.from({ length: 8 }, () => restartSession(db(), before, hostRestart)));
  expect(won.filter(Boolean)).toHaveLength(1);
  expect(await told()).toEqual(["session_restarted"]);
  await startDue();
  await restartSession(db(), await facts(), hostRestart);
  expect(await told()).toEqual(["session_restarted", "session_restarted"]);
  const { data } = await listNotices(db(), who.actor, { limit: 1 });
  expect(data[0]?.body).toContain("not synced may be lost");
});

test("a workspace that fills is told at each mark once, and again after it had been emptied, once a day", async () => {
  const [row] = await db().select().from(workspaces).where(eq(workspaces.userId, who.actor.userId));
  const { id, quotaGb } = required(row, "workspace");
  const quota = quotaGb * 1024 ** 3;
  const shareOf = (percent: number) => Math.round((percent / 100) * quota);
  const measure = (files: number, space: number) =>
    recordWorkspaceUsage(
      db(),
      id,
      {
        usedBytes: shareOf(files),
        snapshotBytes: 0,
        totalBytes: shareOf(space),
        spaceBytes: quota,
      },
      [],
    );
  const fill = (percent: number) => measure(percent, 0);
  const marks = async () => {
    const { data } = await listNotices(db(), who.actor, { limit: 50 });
    return data
      .map(({ content }) =>
        content.kind === "workspace_filling" ? `${content.of} ${content.percent}` : content.kind,
      )
      .reverse();
  };
  for (const percent of [10, 79, 80, 81, 78, 80]) await fill(percent);
  expect(await marks()).toEqual(["files 80"]);
  await Promise.all([95, 96, 97, 95].map(fill));
  expect(await marks()).toEqual(["files 80", "files 95"]);
  for (let n = 0; n < 5; n++) for (const percent of [60, 82, 96]) await fill(percent);
  expect(await marks()).toEqual(["files 80", "files 95"]);
  await db()
    .update(notices)
    .set({ createdAt: sql`utc_timestamp(3) - interval 25 hour` })
    .where(eq(notices.userId, who.actor.userId));
  for (const percent of [60, 82, 96]) await fill(percent);
  expect(await marks()).toEqual(["files 80", "files 95", "files 80", "files 95"]);
  await Promise.all([1, 2, 3, 4].map(() => measure(96, 81)));
  expect((await marks()).slice(4)).toEqual(["space 80"]);
});
