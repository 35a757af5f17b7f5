import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { z } from "zod";
import type { SessionView } from "@/lib/sessions/model";
import { closeDatabase } from "../support/database";
import { requestLaunch, snapshots, stop } from "../support/lab";
import { engineSettleMs, expectNoLeaks } from "../support/leaks";
import { describeMoment, type Moment, reached } from "../support/moments";
import { grantInternal, login, newPerson, type Person } from "../support/people";
import { ssh } from "../support/ssh";
import {
  despiteFaults,
  intact,
  isLong,
  quietLab,
  reaches,
  trial,
  works,
  writeData,
  writeSnapshotted,
} from "../support/trial";
import * as all from "../support/victims";
import { forwardTo, kill, succeeded, type Victim, victims } from "../support/victims";

const timelineSays = (event: Extract<Moment, { kind: "timeline" }>["event"]): Moment => ({
  kind: "timeline",
  event,
});
const container = (action: Extract<Moment, { kind: "container" }>["action"]): Moment => ({
  kind: "container",
  action,
});

interface Kill {
  victim: Victim;
  /** Killed when a start has come to this point. */
  start?: Moment;
  /** Killed while the session runs. */
  run?: true;
  /** Killed when a stop has come to this point. */
  stop?: Moment;
}

const moments: { start: Moment; stop: Moment }[] = [
  { start: timelineSays("requested"), stop: timelineSays("stop_requested") },
  { start: timelineSays("workspace_ready"), stop: container("die") },
  { start: container("create"), stop: container("destroy") },
  { start: container("start"), stop: container("kill") },
  { start: timelineSays("container_started"), stop: timelineSays("snapshot_taken") },
];

/** Every victim at every step; one part after another, so that each has a rest before it is killed again. */
const everyKill: Kill[] = [
  ...moments.flatMap((moment) => victims.map((victim) => ({ victim, ...moment }))),
  ...victims.map((victim) => ({ victim, run: true as const })),
];

const shortKills: Kill[] = [
  { victim: all.mariadb, start: timelineSays("workspace_ready") },
  { victim: all.worker, start: container("create") },
  { victim: all.dockerd, run: true },
  { victim: all.zfsDaemon, run: true },
  { victim: all.agent, stop: container("die") },
];

const kills = isLong() ? everyKill : shortKills.filter(({ victim }) => victims.includes(victim));

let ana: Person;
let written = false;
const workspaceName = "checkpoints";

beforeAll(async () => {
  ana = await newPerson("ana");
});
beforeEach(quietLab);
afterAll(async () => {
  await expectNoLeaks();
  await closeDatabase();
});

function describeKill({ victim, start, run, stop: stopping }: Kill): string {
  const times = [
    start && `at start when ${describeMoment(start)}`,
    run && "while a session runs",
    stopping && `at stop when ${describeMoment(stopping)}`,
  ];
  return `${victim.name} ${times.filter(Boolean).join(", and ")}`;
}

async function killAndReplace(victim: Victim): Promise<void> {
  await succeeded(victim, kill(victim));
}

async function killAtStart(victim: Victim, moment: Moment): Promise<SessionView> {
  const where = { fault: `SIGKILL of ${victim.name}`, phase: "start", moment: describeMoment(moment) };
  const launchedAt = new Date();
  const { slug } = await requestLaunch(ana.api, { workspaceName });
  await trial(
    ana,
    where,
    async (clock) => {
      await reached(slug, moment, launchedAt);
      clock.strike();
      await killAndReplace(victim);
      const session = written ? await intact(ana, slug) : await works(ana, slug);
      // An engine that has only just come back is about to write its rules anew: a login may meet that instant.
      const uuid = await despiteFaults("the GPU is told", () =>
        ssh(ana, session, "nvidia-smi --query-gpu=uuid --format=csv,noheader"),
      );
      expect(uuid.trim()).toBe(session.gpu.uuid);
      return { state: "RUNNING, data intact", session };
    },
    victim === all.dockerd ? engineSettleMs : undefined,
  );
  return works(ana, slug);
}

async function killWhileRunning(victim: Victim, session: SessionView): Promise<void> {
  await trial(ana, { fault: `SIGKILL of ${victim.name}`, phase: "run" }, async (clock) => {
    clock.strike();
    await killAndReplace(victim);
    const after = await intact(ana, session.slug);
    expect([after.gpu.id, after.ssh.port, after.workspace.id]).toEqual([
      session.gpu.id,
      session.ssh.port,
      session.workspace.id,
    ]);
    return { state: "RUNNING, same GPU and port, data intact", session: after };
  });
}

async function killAtStop(victim: Victim, moment: Moment, session: SessionView): Promise<void> {
  const where = { fault: `SIGKILL of ${victim.name}`, phase: "stop", moment: describeMoment(moment) };
  const before = new Set((await snapshots(ana.api, session.workspace.id)).map(({ id }) => id));
  const stoppedAt = new Date();
  await trial(ana, where, async (clock) => {
    await ana.api.call(z.unknown(), "POST", `external/sessions/${session.slug}/stop`);
    await reached(session.slug, moment, stoppedAt);
    clock.strike();
    await killAndReplace(victim);
    const ended = await reaches(ana, session.slug, ["STOPPED", "ERROR"]);
    expect(ended).toMatchObject({ state: "STOPPED", stopReason: "user", error: null });
    // Newest first, and a page of them: the oldest may have made room.
    const after = await snapshots(ana.api, session.workspace.id);
    expect(after.filter(({ id }) => !before.has(id))).toHaveLength(1);
    return { state: "STOPPED, one snapshot" };
  });
}

describe("a process is killed", () => {
  test.each(kills.map((one) => [describeKill(one), one] as const))("%s", async (_, one) => {
    const { victim } = one;
    const session = one.start
      ? await killAtStart(victim, one.start)
      : await works(ana, (await requestLaunch(ana.api, { workspaceName })).slug);
    await writeSnapshotted(ana, session);
    written = true;
    if (one.run) await killWhileRunning(victim, session);
    if (one.stop) await killAtStop(victim, one.stop, session);
    else await stop(ana.api, session.slug);
    await expectNoLeaks();
  });

  test("an internal session's SSH forward", async () => {
    await grantInternal(ana);
    const inside = { ...ana, api: await login(ana.username, ana.password, "internal") };
    const session = await works(inside, (await requestLaunch(inside.api, { workspaceName: "kept-in" })).slug);
    await writeData(inside, session);
    await trial(
      inside,
      { fault: "SIGKILL of an internal session's SSH forward", phase: "run" },
      async (clock) => {
        clock.strike();
        await killAndReplace(forwardTo(session.ssh.port));
        const after = await intact(inside, session.slug);
        expect(after.ssh.port).toBe(session.ssh.port);
        return { state: "RUNNING, same port, data intact", session: after };
      },
    );
    await stop(inside.api, session.slug);
    await expectNoLeaks();
  });
});
