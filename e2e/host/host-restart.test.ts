import { afterAll, beforeAll, expect, test } from "vitest";
import type { SessionView } from "@/lib/sessions/model";
import { operationView } from "@/lib/workspaces/model";
import { closeDatabase } from "../support/database";
import { eventually } from "../support/eventually";
import { medforge } from "../support/host";
import { endAllSessions, finished, launch, running, stepMs, stop, timeline } from "../support/lab";
import { expectNoLeaks } from "../support/leaks";
import { newPerson, type Person } from "../support/people";
import { cutPower } from "../support/power";
import { ssh } from "../support/ssh";

let ana: Person;
let before: SessionView[];

beforeAll(async () => {
  await endAllSessions();
  ana = await newPerson("ana");
  before = [await launch(ana, { workspaceName: "left" }), await launch(ana, { workspaceName: "right" })];
});

afterAll(async () => {
  await endAllSessions();
  await expectNoLeaks();
  await closeDatabase();
});

test("sessions are back after a host's restart, on the same GPU, port and workspace, with what a snapshot had seen", async () => {
  for (const session of before) {
    const write = "head -c 1000000 /dev/urandom > data.bin && sha256sum data.bin > data.sum";
    await ssh(ana, session, `cd /workspace && ${write}`);
    // What makes it durable: ZFS in user space forgets the last seconds with its daemon, synced or not.
    const path = `external/workspaces/${session.workspace.id}/snapshots`;
    await finished(ana.api, await ana.api.call(operationView, "POST", path, {}));
  }
  await cutPower();
  await medforge("up", "--detach", "--yes");
  for (const { slug, gpu, ssh: login, workspace } of before) {
    await eventually(`the timeline of ${slug} tells of the restart`, stepMs, async () =>
      (await timeline(ana.api, slug)).find(({ kind }) => kind === "restarting"),
    );
    const after = await running(ana.api, slug);
    expect([after.gpu.id, after.ssh.port, after.workspace.id]).toEqual([gpu.id, login.port, workspace.id]);
    expect(await ssh(ana, after, "cd /workspace && sha256sum -c data.sum")).toBe("data.bin: OK\n");
    await stop(ana.api, slug);
  }
});
