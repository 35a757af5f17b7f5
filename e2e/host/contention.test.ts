import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { spareSshPublicKey } from "@/lib/auth/spare-key";
import { type SessionView, sessionView } from "@/lib/sessions/model";
import { type Api, problemOf } from "../support/api";
import { closeDatabase, rows } from "../support/database";
import type { Answer } from "../support/http";
import { endAllSessions, gpus, inState } from "../support/lab";
import { expectNoLeaks } from "../support/leaks";
import { newcomer, type Person } from "../support/people";

/** As many as press Launch at the same moment; the same with 200 runs below HTTP beside the launch command. */
const crowdSize = 60;

let crowd: Person[] = [];

/** They never log in, so that their keys cost no program. */
async function participant(): Promise<Person> {
  const person = await newcomer("crowd");
  await person.api.call(z.unknown(), "POST", "me/ssh-keys", { name: "key", publicKey: spareSshPublicKey() });
  return person;
}

beforeAll(async () => {
  await endAllSessions();
  crowd = await Promise.all(Array.from({ length: crowdSize }, participant));
});

afterAll(async () => {
  await expectNoLeaks();
  await closeDatabase();
});

/** Every caller at once. @returns the sessions made and everything else that was answered */
async function allAtOnce(callers: readonly Api[], body: Record<string, unknown>) {
  const answers = await Promise.all(callers.map((api) => api.send("POST", "external/sessions", body)));
  const made = answers.filter((answer) => answer.status === 201);
  return { made, others: answers.filter((answer) => answer.status !== 201) };
}

async function endAll(made: readonly Answer[]): Promise<void> {
  const shape = z.looseObject({ data: sessionView });
  const sessions: SessionView[] = made.map((answer) => shape.parse(JSON.parse(answer.text)).data);
  await Promise.all(
    sessions.map(async (session) => {
      const owner = crowd.find((person) => person.username === session.owner);
      if (!owner) throw new Error(`${session.slug} belongs to ${session.owner}, who launched nothing`);
      await owner.api.send("POST", `external/sessions/${session.slug}/stop`);
      await inState(owner.api, session.slug, ["STOPPED", "ERROR"]);
    }),
  );
}

describe("more launches than GPUs", () => {
  test(`${crowdSize} people at once: exactly as many sessions as GPUs, every other a clear 409`, async () => {
    const free = (await gpus((crowd[0] as Person).api)).filter((gpu) => gpu.free);
    const { made, others } = await allAtOnce(
      crowd.map((person) => person.api),
      { workspaceName: "rush" },
    );
    expect(others.map((answer) => answer.status)).toEqual(Array(crowdSize - free.length).fill(409));
    for (const answer of others) expect(problemOf(answer).detail).toMatch(/GPU/);
    expect(made).toHaveLength(free.length);

    const active = await rows(
      "SELECT gpu_id, ssh_port, workspace_id FROM sessions WHERE state IN ('STARTING','RUNNING','STOPPING')",
    );
    expect(active).toHaveLength(free.length);
    for (const column of ["gpu_id", "ssh_port", "workspace_id"]) {
      expect(new Set(active.map((row) => row[column])).size, column).toBe(free.length);
    }
    await endAll(made);
  });

  test("one person pressing ten times on one workspace gets one session", async () => {
    const { api } = crowd[0] as Person;
    const { made, others } = await allAtOnce(Array(10).fill(api), { workspaceName: "impatient" });
    expect(made).toHaveLength(1);
    expect(others.map((answer) => answer.status)).toEqual(Array(9).fill(409));
    await endAll(made);
  });

  test("ten stops at once stop once, with one snapshot", async () => {
    const { api } = crowd[1] as Person;
    const session = await api.call(sessionView, "POST", "external/sessions", { workspaceName: "rush" });
    await inState(api, session.slug, ["RUNNING"]);
    const snapshots = () =>
      rows("SELECT s.id FROM snapshots s JOIN workspaces w ON w.id = s.workspace_id WHERE w.public_id = ?", [
        session.workspace.id,
      ]);
    const before = await snapshots();
    const path = `external/sessions/${session.slug}/stop`;
    const answers = await Promise.all(Array.from({ length: 10 }, () => api.send("POST", path)));
    for (const answer of answers) expect(answer.status).toBeLessThan(500);
    await inState(api, session.slug, ["STOPPED"]);
    expect(await snapshots()).toHaveLength(before.length + 1);
  });
});
