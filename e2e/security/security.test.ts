import { lstatSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import type { SessionView } from "@/lib/sessions/model";
import { closeDatabase, rows } from "../support/database";
import { testEnv } from "../support/env";
import { eventually } from "../support/eventually";
import { endAllSessions, launch, stepMs, stop } from "../support/lab";
import { expectNoLeaks } from "../support/leaks";
import { grantInternal, login, makeKey, newPerson, type Person } from "../support/people";
import { listenOn } from "../support/probe";
import { ssh } from "../support/ssh";
import { type AgentCast, agentTrials } from "./agent-verbs";
import { type EdgeCast, edgeTrials } from "./edge";
import { type InsideCast, insideTrials, internalTrials } from "./inside";
import { markdownRows } from "./trial";

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
    const other = await launch(ana, { workspaceName: "hers" });
    cast = { attacker, session, others: [other], listener: await listenOn("0.0.0.0") };
  });

  afterAll(async () => {
    await cast.listener.close();
    await endAllSessions();
  });

  test.each(insideTrials)("$tried: $refused", ({ run }) => run(cast));
  if (exposure === "internal") test.each(internalTrials)("$tried: $refused", ({ run }) => run(cast));
});

/** The host's files that links of the workspace point at, as nobody may leave them changed. */
function untouched(paths: readonly string[]): unknown {
  return paths.map((path) => {
    const { mode, uid, gid, size, mtimeMs, ctimeMs } = lstatSync(path);
    return { path, mode, uid, gid, size, mtimeMs, ctimeMs };
  });
}

const linksTrial = {
  tried: "plants links to the host's files in the workspace, then has it stopped, snapshotted and started",
  refused: "nobody follows them",
};

test(`${linksTrial.tried}: ${linksTrial.refused}`, async () => {
  const eve = await newPerson("eve");
  const canary = join(testEnv().MEDFORGE_TEST_DATA_DIR, "canary");
  writeFileSync(canary, "the host's own\n", { mode: 0o600 });
  const watched = [canary, "/etc/shadow", "/etc/passwd", "/root"];
  const before = untouched(watched);
  const first = await launch(eve, { workspaceName: "traps" });
  const names = [".ssh", ".medforge", ".profile", ".bashrc", "lost+found", ".zfs-trap", "medforge"];
  const links = watched.flatMap((path, index) => [
    `ln -sfn ${path} /workspace/l${index}`,
    `ln -sfn ../../../../../../..${path} /workspace/up${index}`,
  ]);
  const traps = names.map((name) => `rm -rf /workspace/${name}; ln -sfn ${canary} /workspace/${name}`);
  await ssh(eve, first, [...links, ...traps, "mkfifo /workspace/fifo"].join("; "));
  expect((await ssh(eve, first, "cat /workspace/l0 2>&1 || true")).trim()).toContain("No such file");
  await stop(eve.api, first.slug);
  const second = await launch(eve, { workspaceId: first.workspace.id });
  expect(await ssh(eve, second, "readlink /workspace/l0")).toBe(`${canary}\n`);
  await stop(eve.api, second.slug);
  expect(untouched(watched)).toEqual(before);
  rmSync(canary);
});

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
    cast = { ana: await newPerson("ana"), eve: await newPerson("eve") };
  });

  test.each(edgeTrials)("$tried: $refused", ({ run }) => run(cast));
});

test("docs/runbook.md has each of these trials in its table", () => {
  const runbook = readFileSync(fileURLToPath(new URL("../../../docs/runbook.md", import.meta.url)), "utf8");
  const inside = [...insideTrials, ...internalTrials, linksTrial];
  for (const trials of [inside, agentTrials, edgeTrials]) expect(runbook).toContain(markdownRows(trials));
});
