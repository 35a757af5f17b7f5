import { afterAll, beforeAll, expect, test } from "vitest";
import { closeDatabase } from "../support/database";
import { medforge } from "../support/host";
import { launch, stop, timeline } from "../support/lab";
import { expectNoLeaks } from "../support/leaks";
import { newPerson, type Person } from "../support/people";
import { endEveryProcess, forgetBoot } from "../support/power";
import { ssh } from "../support/ssh";
import { inLongForm, intact, launchWorks, quietLab, trial, writeData } from "../support/trial";

let ana: Person;
beforeAll(async () => {
  await quietLab();
  ana = await newPerson("ana");
});
afterAll(async () => {
  await expectNoLeaks();
  await closeDatabase();
});

test("a host that was restarted brings its sessions back after `up`", async () => {
  const sessions = [await launchWorks(ana), await launchWorks(ana)];
  for (const session of sessions) await writeData(ana, session);
  const where = { fault: "host restart: every process killed, mounts, rules and bridges gone", phase: "run" };
  await trial(ana, where, async (clock) => {
    await endEveryProcess();
    await forgetBoot();
    clock.strike();
    await medforge("up", "--detach", "--yes");
    for (const before of sessions) {
      const after = await intact(ana, before.slug);
      expect([after.gpu.id, after.ssh.port, after.workspace.id]).toEqual([
        before.gpu.id,
        before.ssh.port,
        before.workspace.id,
      ]);
      const events = await timeline(ana.api, before.slug);
      expect(events.find(({ kind }) => kind === "restarting")?.detail).toContain("host was restarted");
    }
    return { state: "2 sessions RUNNING, same GPU and port, data intact", session: sessions[0] };
  });
  for (const { slug } of sessions) await stop(ana.api, slug);
});

/** A stop after a takeover once left a mount and a network namespace behind for a while: each round is a chance. */
const rounds = 5;

inLongForm("`down` and `up` around a running session leave nothing behind when it is stopped", async () => {
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
      await ssh(ana, session, "cd /workspace && sha256sum --quiet -c data.sum");
      strike();
      await medforge("up", "--detach", "--yes");
      await stop(ana.api, session.slug);
      return { state: "session reachable throughout, STOPPED" };
    });
  }
});
