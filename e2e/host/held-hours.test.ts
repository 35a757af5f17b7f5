import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import { noticePage } from "@/lib/notices/model";
import type { SessionView } from "@/lib/sessions/model";
import { plannedStartView } from "@/lib/sessions/planned-model";
import type { Api } from "../support/api";
import { auctionAll, endAuction, openWeek } from "../support/auction";
import { change, closeDatabase, rows } from "../support/database";
import { eventually } from "../support/eventually";
import { endAllSessions, inState, launch, running, session, snapshots, timeline } from "../support/lab";
import { expectNoLeaks } from "../support/leaks";
import { admin, newPerson, type Person } from "../support/people";
import { ssh } from "../support/ssh";

/** From when everything runs to the hour at which the GPU changes hands: so that a stop a minute ahead has its warning. ms */
const leadMs = 75_000;
const hourMs = 3_600_000;
/** How late anything may be on a busy machine. ms */
const slackMs = 60_000;

let [ana, ben, cara] = [] as unknown as [Person, Person, Person];
/** Ana's, in the hour before the turn; and Cara's, who holds the hour behind it as well. */
let [leaving, staying] = [] as unknown as [SessionView, SessionView];
/** The instant at which the GPUs' hours turn. */
let turn: Date;

beforeAll(async () => {
  await endAllSessions();
  const boss = await admin();
  [ana, ben, cara] = [await newPerson("ana"), await newPerson("ben"), await newPerson("cara")];
  const [first = "", second = ""] = await auctionAll(boss);
  await openWeek(boss);
  await change("DELETE FROM bids");
  await change("DELETE FROM slots");
  // An hour that has begun, and ends in more than the half hour before which people are warned.
  const before = new Date(Date.now() - hourMs / 6);
  await hold(ana, first, before);
  await hold(cara, second, before);
  leaving = await launch(ana, { gpuId: first, workspaceName: "leaving" });
  staying = await launch(cara, { gpuId: second, workspaceName: "staying" });
  await ssh(ana, leaving, "echo made it > /workspace/note");

  // The test's clock: hours are moved to where they would be later, and the true one goes on. Those behind come first, so
  // that Cara never seems to lack hers.
  turn = new Date(Date.now() + leadMs);
  await hold(cara, second, turn);
  await hold(ben, first, turn);
  await change("UPDATE slots SET starts_at = ? WHERE starts_at = ?", [
    new Date(turn.getTime() - hourMs),
    before,
  ]);
  await ben.api.call(plannedStartView, "POST", "external/planned-starts", {
    ...{ gpuId: first, slot: turn.toISOString(), workspaceName: "arriving" },
  });
});

afterAll(async () => {
  await endAllSessions();
  await change("DELETE FROM slots");
  await endAuction();
  await expectNoLeaks();
  await closeDatabase();
});

/** Somebody holds an hour of a GPU, as if they had taken it; it begins when a test likes. */
async function hold({ username }: Person, gpuId: string, startsAt: Date): Promise<void> {
  await change(
    `INSERT INTO slots (gpu_id, starts_at, week, state, user_id, price, n)
     SELECT g.id, ?, w.week, 'sold', u.id, 1, 1 FROM gpus g, weeks w, users u
     WHERE g.public_id = ? AND w.status = 'executing' AND u.username = ?`,
    [startsAt, gpuId, username],
  );
}

const kinds = async (api: Api, slug: string) => (await timeline(api, slug)).map(({ kind }) => kind);
const toldTo = async (api: Api) => {
  const page = noticePage.parse(JSON.parse((await api.send("GET", "me/notices")).text));
  return page.data.map(({ content }) => content.kind).reverse();
};

async function stopAskedAt(slug: string): Promise<number> {
  const [row] = await rows("SELECT stop_requested_at AS at FROM sessions WHERE slug = ?", [slug]);
  return z.date().parse(row?.at).getTime();
}

test("whose hours end is warned, snapshotted and stopped a minute before, with nothing lost", async () => {
  const ended = await inState(ana.api, leaving.slug, ["STOPPED", "ERROR"], leadMs + slackMs);
  expect(ended).toMatchObject({ state: "STOPPED", stopReason: "hour_ended", error: null });
  expect(Date.parse(ended.endedAt ?? "")).toBeLessThan(turn.getTime());
  const asked = (await stopAskedAt(leaving.slug)) - (turn.getTime() - 60_000);
  expect(asked).toBeGreaterThanOrEqual(0);
  expect(asked).toBeLessThan(30_000);
  const story = await kinds(ana.api, leaving.slug);
  expect(story.slice(story.indexOf("hour_ending"))).toEqual([
    ...["hour_ending", "stop_requested", "snapshot_taken", "stopped"],
  ]);
  expect(await toldTo(ana.api)).toEqual(["session_hour_ending", "session_hour_ended"]);
  expect(await snapshots(ana.api, leaving.workspace.id)).toMatchObject([{ reason: "stop" }]);
});

test("the next holder's session starts by itself on the same GPU at the hour", async () => {
  const started = await eventually("the planned session is there", leadMs + slackMs, async () => {
    const [planned] = await ben.api.call(z.array(plannedStartView), "GET", "external/planned-starts");
    return planned?.session ?? undefined;
  });
  const arrived = await running(ben.api, started);
  expect(arrived.gpu.id).toBe(leaving.gpu.id);
  const late = Date.parse(arrived.createdAt) - turn.getTime();
  expect(late).toBeGreaterThanOrEqual(0);
  expect(late).toBeLessThan(30_000);
  expect(await ssh(ben, arrived, "nvidia-smi -L; ls /workspace")).toContain(leaving.gpu.uuid);
  expect(await toldTo(ben.api)).toEqual(["session_started"]);
});

test("who holds the next hour too is not interrupted, nor warned", async () => {
  await eventually("the hour has turned", leadMs + slackMs, () =>
    Date.now() > turn.getTime() ? true : undefined,
  );
  const view = await session(cara.api, staying.slug);
  expect(view).toMatchObject({
    ...{ state: "RUNNING", endsBy: "held_hours" },
    heldUntil: new Date(turn.getTime() + hourMs).toISOString(),
  });
  expect(await kinds(cara.api, staying.slug)).not.toContain("hour_ending");
  expect(await toldTo(cara.api)).toEqual([]);
  await ssh(cara, staying, "true");
});
