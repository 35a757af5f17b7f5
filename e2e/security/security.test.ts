import { afterAll, beforeAll, describe, test } from "vitest";
import { z } from "zod";
import type { SessionView } from "@/lib/sessions/model";
import { closeDatabase, rows } from "../support/database";
import { eventually } from "../support/eventually";
import { endAllSessions, launch, stepMs } from "../support/lab";
import { expectNoLeaks } from "../support/leaks";
import { grantInternal, login, makeKey, newPerson, type Person } from "../support/people";
import { listenOn } from "../support/probe";
import { type AgentCast, agentTrials } from "./agent-verbs";
import { edgeTrials } from "./edge";
import type { EdgeCast } from "./edge-cast";
import { type InsideCast, insideTrials, internalTrials } from "./inside";
import { linksTrial } from "./links";

afterAll(async () => {
  await endAllSessions();
  await expectNoLeaks();
  await closeDatabase();
});

async function insider(name: string): Promise<Person> {
  const person = await newPerson(name);
  await grantInternal(person);
  return { ...person, api: await login(person.username, person.password, "internal") };
}

describe.each(["external", "internal"] as const)("from inside an %s session", (exposure) => {
  let cast: InsideCast;

  beforeAll(async () => {
    await endAllSessions();
    const attacker = exposure === "internal" ? await insider("eve") : await newPerson("eve");
    const session = await launch(attacker, { workspaceName: "den" });
    const ana = exposure === "internal" ? await newPerson("ana") : await insider("ana");
    const neighbour = { person: ana, session: await launch(ana, { workspaceName: "hers" }) };
    cast = { attacker, session, neighbour, listener: await listenOn("0.0.0.0") };
  });

  afterAll(async () => {
    await cast.listener.close();
    await endAllSessions();
  });

  test.each(insideTrials)("$tried: $refused", ({ run }) => run(cast));
  if (exposure === "internal") test.each(internalTrials)("$tried: $refused", ({ run }) => run(cast));
});

test(`${linksTrial.tried}: ${linksTrial.refused}`, linksTrial.run);

describe("with the agent's socket in hand", () => {
  let cast: AgentCast;

  beforeAll(async () => {
    await endAllSessions();
    const victim = await newPerson("ana");
    const session: SessionView = await launch(victim, { workspaceName: "hers" });
    // Another key makes the worker claim the session again: from then on there is an older claim.
    const publicKey = await makeKey(victim.home, "second");
    await victim.api.call(z.unknown(), "POST", "me/ssh-keys", { name: "second", publicKey });
    await eventually("the session's new key is pushed", stepMs, async () => {
      const sql =
        "SELECT 1 FROM sessions WHERE slug = ? AND keys_pushed_version = keys_version AND generation > 1";
      return (await rows(sql, [session.slug])).length === 1 ? true : undefined;
    });
    cast = { victim, session };
  });

  test.each(agentTrials)("$tried: $refused", ({ run }) => run(cast));
});

describe("at the edge", () => {
  let cast: EdgeCast;

  beforeAll(async () => {
    await endAllSessions();
    cast = { ana: await newPerson("ana"), eve: await newPerson("eve") };
  });

  test.each(edgeTrials)("$tried: $refused", ({ run }) => run(cast));
});
