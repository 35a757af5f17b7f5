import { readFileSync, renameSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { z } from "zod";
import { closeDatabase, rows } from "../support/database";
import { testEnv } from "../support/env";
import { eventually } from "../support/eventually";
import { launch, session as look, requestLaunch, stepMs, stop, timeline } from "../support/lab";
import { expectNoLeaks } from "../support/leaks";
import { type Moment, reached } from "../support/moments";
import { newPerson, type Person } from "../support/people";
import { SecondWorker } from "../support/second-worker";
import { expectData, inLongForm, isLong, quietLab, reaches, trial, works, writeData } from "../support/trial";
import { agent, whileStalled, worker } from "../support/victims";

let ana: Person;
const workspaceName = "checkpoints";

beforeAll(async () => {
  ana = await newPerson("ana");
});
beforeEach(quietLab);
afterAll(async () => {
  await expectNoLeaks();
  await closeDatabase();
});

function hostSaidUnreachable(): Promise<true> {
  return eventually("the host counts as unreachable", stepMs, async () => {
    const [node] = await rows("SELECT unreachable_since FROM nodes");
    return node?.unreachable_since ? true : undefined;
  });
}

function toldWellAgain(slug: string): Promise<true> {
  return eventually("the session is told well again", stepMs, async () =>
    (await look(ana.api, slug)).condition === null ? true : undefined,
  );
}

inLongForm("an agent that does not answer changes nothing but what the session says of itself", async () => {
  const session = await launch(ana, { workspaceName });
  await writeData(ana, session);
  await trial(ana, { fault: "agent stalled (SIGSTOP)", phase: "run" }, async (clock) => {
    await whileStalled(agent, async () => {
      await hostSaidUnreachable();
      expect(await look(ana.api, session.slug)).toMatchObject({ state: "RUNNING" });
      await expectData(ana, session);
    });
    clock.strike();
    await toldWellAgain(session.slug);
    return { state: "RUNNING throughout, told so meanwhile", session };
  });
  await stop(ana.api, session.slug);
});

async function whileAway<T>(socket: string, run: () => Promise<T>): Promise<T> {
  renameSync(socket, `${socket}.away`);
  try {
    return await run();
  } finally {
    renameSync(`${socket}.away`, socket);
  }
}

test("the agent's socket is away: a start and a stop wait and go on when it is back", async () => {
  const { MEDFORGE_TEST_AGENT_SOCKET: socket } = testEnv();
  const running = await launch(ana, { workspaceName });
  await writeData(ana, running);
  const where = { fault: "agent's socket away", phase: "start and stop" };
  await trial(ana, where, async (clock) => {
    const saysThatItWaits = (slug: string) =>
      eventually(`${slug} says that it waits`, stepMs, async () => {
        const now = await look(ana.api, slug);
        return now.condition === null ? undefined : now.state;
      });
    const starting = await whileAway(socket, async () => {
      const asked = await requestLaunch(ana.api, { workspaceName: "second" });
      await ana.api.call(z.unknown(), "POST", `external/sessions/${running.slug}/stop`);
      expect(await saysThatItWaits(asked.slug)).toBe("STARTING");
      expect(await saysThatItWaits(running.slug)).toBe("STOPPING");
      return asked;
    });
    clock.strike();
    expect(await reaches(ana, running.slug, ["STOPPED", "ERROR"])).toMatchObject({ state: "STOPPED" });
    return { state: "RUNNING and STOPPED, after waiting", session: await works(ana, starting.slug) };
  });
});

/** Where a worker stalls: the agent is at work for it then. */
const everyStall: readonly { phase: "start" | "stop"; moment: Moment }[] = [
  { phase: "start", moment: { kind: "container", action: "create" } },
  { phase: "stop", moment: { kind: "container", action: "kill" } },
];
const stalls = isLong() ? everyStall : everyStall.slice(0, 1);

/** What the installation's own worker has logged. */
function workerLog(): string {
  return readFileSync(join(testEnv().MEDFORGE_TEST_DATA_DIR, "log/worker.log"), "utf8");
}

/** The woken worker found that the session is another's, or the agent told it so. */
function toldOff(slug: string, since: number): Promise<true> {
  return eventually(`the woken worker gives ${slug} up`, stepMs, () => {
    const lines = workerLog().slice(since).split("\n");
    const about = lines.filter((line) => line.includes(`"slug":"${slug}"`));
    return about.some((line) => /Taken over|"failure":"lost"/.test(line)) ? true : undefined;
  });
}

test.each(stalls)(
  "a worker stalls at $phase beyond its lease, another takes over, the first wakes",
  async ({ phase, moment }) => {
    let since = new Date();
    const { slug } = await requestLaunch(ana.api, { workspaceName });
    if (phase === "stop") await works(ana, slug);
    const where = { fault: "worker stalled beyond its lease, then awake", phase };
    await trial(ana, where, async (clock) => {
      if (phase === "stop") {
        since = new Date();
        await ana.api.call(z.unknown(), "POST", `external/sessions/${slug}/stop`);
      }
      await reached(slug, moment, since);
      clock.strike();
      let awakeFrom = 0;
      await whileStalled(worker, async () => {
        const second = await SecondWorker.start();
        await reaches(ana, slug, [phase === "start" ? "RUNNING" : "STOPPED", "ERROR"]);
        await second.end();
        awakeFrom = workerLog().length;
      });
      await toldOff(slug, awakeFrom);
      const session = await look(ana.api, slug);
      const kinds = (await timeline(ana.api, slug)).map(({ kind }) => kind);
      expect(kinds.filter((kind) => kind === (phase === "start" ? "running" : "stopped"))).toHaveLength(1);
      if (phase === "start") {
        return { state: "RUNNING once, the late worker refused", session: await works(ana, slug) };
      }
      expect(session).toMatchObject({ state: "STOPPED", stopReason: "user", error: null });
      expect(kinds.filter((kind) => kind === "snapshot_taken")).toHaveLength(1);
      return { state: "STOPPED with one snapshot, the late worker refused" };
    });
    if (phase === "start") await stop(ana.api, slug);
  },
);
