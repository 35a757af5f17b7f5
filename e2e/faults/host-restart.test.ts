import { afterAll, beforeEach, expect, test } from "vitest";
import { closeDatabase } from "../support/database";
import { medforge } from "../support/host";
import { endAllSessions, launch, stop, timeline } from "../support/lab";
import { expectNoLeaks } from "../support/leaks";
import { grantInternal, login, newPerson } from "../support/people";
import { cutPower } from "../support/power";
import {
  despiteFaults,
  expectData,
  inLongForm,
  intact,
  quietLab,
  trial,
  writeData,
  writeSnapshotted,
} from "../support/trial";

beforeEach(quietLab);
afterAll(async () => {
  await endAllSessions();
  await expectNoLeaks();
  await closeDatabase();
});

test("sessions are back after a host's restart, on the same GPU, port and workspace, with what a snapshot had seen", async () => {
  const outside = await newPerson("ana");
  await grantInternal(outside);
  const inside = { ...outside, api: await login(outside.username, outside.password, "internal") };
  const before = [
    { person: outside, session: await launch(outside, { workspaceName: "left" }) },
    { person: inside, session: await launch(inside, { workspaceName: "right" }) },
  ];
  for (const { person, session } of before) await writeSnapshotted(person, session);
  const where = { fault: "host restart: every process killed, mounts, rules and bridges gone", phase: "run" };
  await trial(outside, where, async (clock) => {
    await cutPower();
    clock.strike();
    await medforge("up", "--detach", "--yes");
    for (const { person, session } of before) {
      const { slug, gpu, ssh: access, workspace } = session;
      await despiteFaults(`the timeline of ${slug} tells of the restart`, async () =>
        (await timeline(person.api, slug)).find(({ kind }) => kind === "restarting"),
      );
      const after = await intact(person, slug);
      expect([after.gpu.id, after.ssh.port, after.workspace.id]).toEqual([gpu.id, access.port, workspace.id]);
    }
    const state = "an external and an internal session RUNNING, same GPU and port, data intact";
    return { state, session: before[0]?.session };
  });
  for (const { person, session } of before) await stop(person.api, session.slug);
});

/** A stop after a takeover once left a mount and a network namespace behind for a while: each round is a chance. */
const rounds = 5;

inLongForm("`down` and `up` around a running session leave nothing behind when it is stopped", async () => {
  const ana = await newPerson("ana");
  for (let round = 1; round <= rounds; round++) {
    const session = await launch(ana, { workspaceName: "checkpoints" });
    await writeData(ana, session);
    const where = {
      fault: "`down`, then `up`, then a stop",
      phase: "run and stop",
      moment: `round ${round}`,
    };
    await trial(ana, where, async ({ strike }) => {
      await medforge("down");
      await expectData(ana, session);
      strike();
      await medforge("up", "--detach", "--yes");
      await stop(ana.api, session.slug);
      return { state: "session reachable throughout, STOPPED" };
    });
  }
});
