import { readFileSync } from "node:fs";
import { join } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { problemBody } from "@/lib/api/problem-body";
import type { SessionView } from "@/lib/sessions/model";
import { problemOf } from "../support/api";
import { closeDatabase } from "../support/database";
import { testEnv } from "../support/env";
import { eventually } from "../support/eventually";
import { containerName, docker, medforge, mountPoints, type Part, pidOf } from "../support/host";
import { exchange } from "../support/http";
import { endAllSessions, launch, running, stepMs } from "../support/lab";
import { expectNoLeaks } from "../support/leaks";
import { newPerson, type Person } from "../support/people";
import { ssh } from "../support/ssh";
import { web, whileDown } from "../support/victims";

const parts: Part[] = ["mariadb", "zfs", "docker", "agent", "scorer", "worker", "web", "caddy"];
const report = z.object({
  ok: z.boolean(),
  findings: z.array(z.object({ part: z.string(), ok: z.boolean(), detail: z.string() })),
});

/** Headers that pages have, whoever answers. */
const guarding = [
  "x-content-type-options",
  "referrer-policy",
  "cross-origin-opener-policy",
  "permissions-policy",
];

let ana: Person;
let session: SessionView;

beforeAll(async () => {
  await endAllSessions();
  ana = await newPerson("ana");
  session = await launch(ana, { workspaceName: "long-training" });
  await ssh(
    ana,
    session,
    // A count of lines, since the host's clock may be set back while the test waits. Of a file that is just being written anew
    // a reader may get zero bytes, and of one that is just being renamed nothing.
    "nohup sh -c 'while :; do echo >> /workspace/beats; sleep 0.2; done' >/dev/null 2>&1 &",
  );
});

afterAll(async () => {
  await endAllSessions();
  await expectNoLeaks();
  await closeDatabase();
});

const pids = () => Object.fromEntries(parts.map((part) => [part, pidOf(part)]));
const up = () => medforge("up", "--detach", "--yes");
const startedAt = () => docker("inspect", "--format", "{{.State.StartedAt}}", containerName(session.slug));

/** The process that was started at the beginning writes on. */
async function expectTrainingGoesOn(): Promise<void> {
  const beat = async () => Number(await ssh(ana, session, "wc -l < /workspace/beats"));
  const before = await beat();
  await eventually("the training writes on", stepMs, async () =>
    (await beat()) > before ? true : undefined,
  );
}

async function expectWell(): Promise<void> {
  const found = report.parse(JSON.parse(await medforge("doctor", "--json")));
  expect(found.findings.filter((finding) => !finding.ok)).toEqual([]);
  expect(await medforge("status")).toMatch(/ready/);
}

describe("the installation's own commands", () => {
  test("doctor and status find every part well", expectWell);

  test("the agent tells of the fence that it made first as of no change", () => {
    const log = readFileSync(join(testEnv().MEDFORGE_TEST_DATA_DIR, "log/agent.log"), "utf8");
    expect(log.split("\n").find((line) => line.includes("firewall"))).toMatch(
      /"level":"info".*"firewall made"/,
    );
  });

  test("version names the build that runs", async () => {
    expect(await medforge("version")).toMatch(/^Build +[0-9a-f]{16} /m);
  });

  test("a second up changes nothing", async () => {
    const before = pids();
    expect(await up()).toContain("runs already");
    expect(pids()).toEqual(before);
  });

  test("zfs is not restarted under a running session", async () => {
    const before = pids();
    await expect(medforge("restart", "zfs")).rejects.toThrow(
      `running sessions (${containerName(session.slug)})`,
    );
    expect(pids()).toEqual(before);
    await expectTrainingGoesOn();
  });

  test("a supervisor that was killed is followed by one that takes the parts over as they run", async () => {
    const supervisor = Number(/\(pid (\d+)/.exec(await medforge("status"))?.[1]);
    const before = pids();
    process.kill(supervisor, "SIGKILL");
    await up();
    expect(pids()).toEqual(before);
    await expectWell();
  });

  test("while web is away, the edge answers for it, in the forms that people and programs know", async () => {
    const ask = (method: string, path: string) => exchange({ method, path });
    const { headers: usual } = await ask("GET", "/");
    await whileDown(web, async () => {
      for (const page of [await ask("GET", "/sessions?page=2"), await ask("POST", "/login")]) {
        expect([page.status, page.headers["content-type"]]).toEqual([503, "text/html; charset=utf-8"]);
        expect(page.text).toContain("MedForge is starting or restarting");
        for (const name of guarding) expect(page.headers[name], name).toBe(usual[name]);
        expect(page.headers).toMatchObject({ "retry-after": "5", "cache-control": "no-store, no-transform" });
        expect(page.headers).not.toHaveProperty("server");
      }
      for (const method of ["GET", "POST"]) {
        const answer = await ask(method, "/api/v2/external/sessions");
        expect(answer.headers).toMatchObject({
          "retry-after": "5",
          "cache-control": "no-store, no-transform",
        });
        expect(answer.headers["content-type"]).toBe("application/problem+json");
        const said = problemBody.parse(problemOf(answer));
        expect(said).toMatchObject({ status: 503, type: "urn:medforge:problem:unavailable" });
        expect(await medforge("logs", "caddy")).toContain(`err_id=${said.instance}`);
      }
      await expectTrainingGoesOn();
    });
    await eventually("web answers", stepMs, async () =>
      (await ask("GET", "/api/v2/health")).status === 200 ? true : undefined,
    );
  });

  test("down leaves sessions running, and the next up finds them", async () => {
    const started = await startedAt();
    await medforge("down");
    for (const part of ["agent", "scorer", "worker", "web", "caddy"] as const)
      expect(pidOf(part), part).toBeUndefined();
    await expectTrainingGoesOn();
    const doctor = await medforge("doctor").catch((error: Error) => error.message);
    expect(stripVTControlCharacters(doctor).match(/cure:.*/g)).toEqual([
      expect.stringMatching(/^cure: Start it with `\.\/medforge up --detach --data /),
    ]);
    await up();
    expect((await running(ana.api, session.slug)).ssh.port).toBe(session.ssh.port);
    expect(await startedAt()).toBe(started);
    await expectTrainingGoesOn();
    await expectWell();
  });

  test("down --sessions clears away what an engine that ended around a session had left mounted", async () => {
    await medforge("down", "--sessions");
    const engineData = `${join(testEnv().MEDFORGE_TEST_DATA_DIR, "docker")}/`;
    expect(mountPoints().filter((point) => point.startsWith(engineData))).toEqual([]);
    await up();
    await expectWell();
  });
});
