import { afterAll, beforeAll, expect, test } from "vitest";
import type { SessionView } from "@/lib/sessions/model";
import { operationView } from "@/lib/workspaces/model";
import { closeDatabase } from "../support/database";
import { eventually } from "../support/eventually";
import { medforge } from "../support/host";
import { endAllSessions, finished, launch, running, stepMs, stop, timeline } from "../support/lab";
import { expectNoLeaks } from "../support/leaks";
import { grantInternal, login, newPerson, type Person } from "../support/people";
import { cutPower } from "../support/power";
import { ssh } from "../support/ssh";

let before: { person: Person; session: SessionView }[];

beforeAll(async () => {
  await endAllSessions();
  const outside = await newPerson("ana");
  await grantInternal(outside);
  const inside = { ...outside, api: await login(outside.username, outside.password, "internal") };
  before = [
    { person: outside, session: await launch(outside, { workspaceName: "left" }) },
    { person: inside, session: await launch(inside, { workspaceName: "right" }) },
  ];
});

afterAll(async () => {
  await endAllSessions();
  await expectNoLeaks();
  await closeDatabase();
});

test("sessions are back after a host's restart, on the same GPU, port and workspace, with what a snapshot had seen", async () => {
  for (const { person, session } of before) {
    const write = "head -c 1000000 /dev/urandom > data.bin && sha256sum data.bin > data.sum";
    await ssh(person, session, `cd /workspace && ${write}`);
    // What makes it durable: ZFS in user space forgets the last seconds with its daemon, synced or not.
    const path = `${session.exposure}/workspaces/${session.workspace.id}/snapshots`;
    await finished(person.api, await person.api.call(operationView, "POST", path, {}));
  }
  await cutPower();
  await medforge("up", "--detach", "--yes");
  for (const { person, session } of before) {
    const { slug, gpu, ssh: access, workspace } = session;
    await eventually(`the timeline of ${slug} tells of the restart`, stepMs, async () =>
      (await timeline(person.api, slug)).find(({ kind }) => kind === "restarting"),
    );
    const after = await running(person.api, slug);
    expect([after.gpu.id, after.ssh.port, after.workspace.id]).toEqual([gpu.id, access.port, workspace.id]);
    expect(await ssh(person, after, "cd /workspace && sha256sum -c data.sum")).toBe("data.bin: OK\n");
    await stop(person.api, slug);
  }
});
