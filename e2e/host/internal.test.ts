import { afterAll, beforeAll, expect, test } from "vitest";
import type { SessionView } from "@/lib/sessions/model";
import { closeDatabase } from "../support/database";
import { eventually } from "../support/eventually";
import { containerName, docker } from "../support/host";
import { endAllSessions, launch, session as look, snapshots, stepMs, stop } from "../support/lab";
import { expectNoLeaks } from "../support/leaks";
import { grantInternal, login, newPerson, type Person } from "../support/people";
import { reachableFrom, type Target } from "../support/probe";
import { ssh } from "../support/ssh";
import { agent, whileDown } from "../support/victims";

/** The test world's stand-in for the internet. */
const internet: Target = { what: "internet", address: "203.0.113.1", port: 80 };

let ana: Person;
/** Ana at the internal address, with the same key. */
let inside: Person;
let internal: SessionView;
let external: SessionView;

beforeAll(async () => {
  await endAllSessions();
  ana = await newPerson("ana");
  await grantInternal(ana);
  inside = { ...ana, api: await login(ana.username, ana.password, "internal") };
  internal = await launch(inside, { workspaceName: "patients" });
  external = await launch(ana, { workspaceName: "patients" });
});

afterAll(async () => {
  await endAllSessions();
  await expectNoLeaks();
  await closeDatabase();
});

async function addressOf(session: SessionView): Promise<string> {
  const format = "{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}";
  return (await docker("inspect", "--format", format, containerName(session.slug))).trim();
}

test("an internal session is logged in to like any other, and sees exactly its one GPU", async () => {
  expect(internal.exposure).toBe("internal");
  const uuids = await ssh(inside, internal, "nvidia-smi --query-gpu=uuid --format=csv,noheader");
  expect(uuids.trim()).toBe(internal.gpu.uuid);
});

test("from inside it nothing answers that an external session reaches", async () => {
  const others = { what: "the external session's sshd", address: await addressOf(external), port: 22 };
  // What is refused below is there: the external session reaches it.
  expect(await reachableFrom(ana, external, [internet])).toEqual(["internet"]);
  expect(await reachableFrom(inside, internal, [internet, others])).toEqual([]);
  const lookUp = "getent hosts example.org || echo unresolved";
  expect(await ssh(ana, external, lookUp)).toContain(internet.address);
  expect(await ssh(inside, internal, lookUp)).toBe("unresolved\n");
});

test("the evidence of that is stored with the session", async () => {
  const proof = await eventually("both sessions were probed", stepMs, async () => {
    const [inner, outer] = [await look(inside.api, internal.slug), await look(ana.api, external.slug)];
    return inner.isolation && outer.isolation
      ? { inner: inner.isolation, outer: outer.isolation }
      : undefined;
  });
  expect(proof.inner).toMatchObject({ ok: true, reached: 0 });
  expect(proof.inner.refused).toBeGreaterThan(0);
  expect(proof.outer).toMatchObject({ ok: true });
});

test("workspaces of one name on both surfaces are two, and neither session exists on the other", async () => {
  expect(external.workspace.id).not.toBe(internal.workspace.id);
  expect((await ana.api.refused("GET", `external/sessions/${internal.slug}`)).status).toBe(404);
  expect((await inside.api.refused("GET", `internal/sessions/${external.slug}`)).status).toBe(404);
  const path = `external/workspaces/${internal.workspace.id}`;
  expect((await ana.api.refused("GET", path)).status).toBe(404);
});

test("its SSH forward needs no agent", async () => {
  await whileDown(agent, async () => {
    expect(await ssh(inside, internal, "echo still here")).toBe("still here\n");
  });
  expect(await ssh(inside, internal, "echo and after")).toBe("and after\n");
});

test("withdrawing the grant stops nothing that runs, and the next launch is refused", async () => {
  await grantInternal(ana, false);
  expect(await ssh(inside, internal, "echo goes on")).toBe("goes on\n");
  expect((await inside.api.refused("POST", "internal/sessions", {})).status).toBe(403);
  await stop(inside.api, internal.slug);
  expect(await snapshots(inside.api, internal.workspace.id)).toHaveLength(1);
});
