import { eq } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { gpus, sessionSamples, slotSightings, slotUsage } from "@/db/schema";
import { figure, parseFigures } from "@/e2e/support/prometheus";
import { AgentError } from "@/lib/agent-protocol/verbs";
import { required } from "@/lib/kernel/assert";
import { launchSession } from "@/lib/sessions/commands/launch";
import { stopSession } from "@/lib/sessions/commands/stop";
import { seedUser } from "@/lib/sessions/testing";
import { getLog, listSamples } from "@/lib/telemetry/queries";
import { hoursBefore } from "@/lib/usage/testing";
import type { CommandContext } from "@/lib/workspaces/commands";
import { until, WorkerLab } from "./testing/lab";

let lab: WorkerLab;
let who: CommandContext;
let slug: string;

beforeAll(async () => {
  lab = await WorkerLab.start({ gpus: 2, workers: 2 });
  who = await seedUser(lab.db, { wake: () => lab.wake() });
  slug = await launchSession(who, "external", {});
  await lab.reaches(slug, "RUNNING");
});
afterAll(() => lab.close());

const asked = () => ({ actor: who.actor, exposure: "external" as const, slug });

async function scrape(path: string, worker = 0): Promise<Response> {
  const port = required(lab.workers[worker], "worker").metricsPort;
  return fetch(`http://127.0.0.1:${port}${path}`);
}

test("samples of what runs come every ten seconds, once for both workers, and become rates", async () => {
  lab.agent.host.used.set(slug, { cpuMicroseconds: 1_000_000, receivedBytes: 5 });
  const first = await until("the first sample", async () => {
    const view = await listSamples(lab.db, asked());
    return view.at.length > 0 ? view : null;
  });
  expect(first.gpuPercent.at(-1)).toBe(7);
  lab.agent.host.used.set(slug, { cpuMicroseconds: 6_000_000, receivedBytes: 1_000_005 });
  const second = await until("the next sample", async () => {
    const view = await listSamples(lab.db, asked());
    return view.at.length > first.at.length ? view : null;
  });
  // By the host's clock, between two slots of ten seconds.
  const busiest = Math.max(...second.cpus.map((cpus) => cpus ?? 0));
  expect(busiest).toBeGreaterThan(0.25);
  expect(busiest).toBeLessThan(1);
  const rows = await lab.db.select({ at: sessionSamples.at }).from(sessionSamples);
  expect(new Set(rows.map(({ at }) => at.getTime() % 10_000))).toEqual(new Set([0]));
  expect(new Set(rows.map(({ at }) => at.getTime())).size).toBe(rows.length);
});

test("the log is copied when it has grown, and what stood in it last outlives the container", async () => {
  lab.agent.host.logs.set(slug, "Server listening on 0.0.0.0 port 22.");
  await until(
    "the log",
    async () => (await getLog(lab.db, asked())).text?.startsWith("Server listening") ?? false,
  );
  const other = await seedUser(lab.db, { wake: () => lab.wake() });
  const failing = await launchSession(other, "external", {});
  await lab.reaches(failing, "RUNNING");
  lab.agent.host.logs.set(failing, "fatal: the last words");
  await lab.agent.host.exit(failing, 255);
  await lab.reaches(failing, "ERROR");
  expect(lab.agent.host.containers.has(failing)).toBe(false);
  expect(await getLog(lab.db, { ...asked(), actor: other.actor, slug: failing })).toMatchObject({
    text: "fatal: the last words",
  });
});

test("a log that can't be had keeps no stop from being carried out", async () => {
  const other = await seedUser(lab.db, { wake: () => lab.wake() });
  const stubborn = await launchSession(other, "external", {});
  await lab.reaches(stubborn, "RUNNING");
  const act = () => {
    throw new AgentError("failed", "no log today");
  };
  lab.agent.inject({ verb: "session.logs", when: "before", act, times: 100 });
  await stopSession(other, "external", stubborn);
  await lab.reaches(stubborn, "STOPPED");
});

test("programs on GPUs are kept with their GPU", async () => {
  const [gpuUuid = ""] = lab.agent.host.gpuUuids;
  const process = { pid: 4_711, innerPid: null, name: "memhog", memoryMiB: 2_566, slug: null };
  lab.agent.host.gpuProcesses.push({ gpuUuid, ...process });
  await until("they are seen", async () => {
    const [gpu] = await lab.db.select().from(gpus).where(eq(gpus.uuid, gpuUuid));
    return gpu?.processes?.processes.length === 1;
  });
  const rows = await lab.db.select({ uuid: gpus.uuid, seen: gpus.processes }).from(gpus);
  for (const { uuid, seen } of rows) expect(seen?.processes).toEqual(uuid === gpuUuid ? [process] : []);
});

test("programs count for whoever's session they are of, and an hour that is over says whose they were most", async () => {
  const [, gpuUuid = ""] = lab.agent.host.gpuUuids;
  lab.agent.host.gpuProcesses.push({ gpuUuid, pid: 4_712, innerPid: 7, name: "train", memoryMiB: 9, slug });
  const { username } = who.actor;
  const people = () => lab.db.select().from(slotSightings).where(eq(slotSightings.person, username));
  const seen = await until("the owner is seen", async () => (await people())[0] ?? null);
  // Of two workers, one sample a minute.
  expect(seen.samples).toBeLessThanOrEqual(2);
  await hoursBefore(lab.db, 1);
  const outcome = await until("the hour is closed", async () => {
    const closed = await lab.db.select().from(slotUsage).where(eq(slotUsage.actual, username));
    return closed[0] ?? null;
  });
  expect(outcome).toMatchObject({ gpuId: seen.gpuId, assignedId: null });
  lab.agent.host.gpuProcesses.pop();
});

describe("metrics", () => {
  test("are read as Prometheus reads them, and name nobody", async () => {
    const response = await scrape("/metrics");
    expect(response.status).toBe(200);
    expect(response.headers.get("content-type")).toContain("text/plain; version=0.0.4");
    const text = await response.text();
    const figures = parseFigures(text);
    expect(figure(figures, "medforge_database_up")).toBe(1);
    expect(figure(figures, "medforge_sessions", { state: "RUNNING" })).toBe(1);
    expect(figure(figures, "medforge_node_up", { node: "simulated" })).toBe(1);
    expect(figure(figures, "medforge_node_last_seen_age_seconds")).toBeLessThan(60);
    expect(figure(figures, "medforge_pool_free_bytes")).toBe(2 ** 39);
    expect(
      figure(figures, "medforge_gpu_utilization_percent", { uuid: lab.agent.host.gpuUuids[0] ?? "" }),
    ).toBe(7);
    expect(figure(figures, "medforge_build_info", { part: "worker" })).toBe(1);
    expect(figure(figures, "nodejs_eventloop_lag_seconds")).toBeGreaterThanOrEqual(0);
    for (const name of [slug, who.actor.username, who.actor.publicId]) expect(text).not.toContain(name);
  });

  test("count what the workers did: launches, rounds, calls and their failures", async () => {
    const all = await Promise.all(
      lab.workers.map(async (_, n) => parseFigures(await (await scrape("/metrics", n)).text())),
    );
    const sum = (name: string, labels: Record<string, string> = {}) =>
      all.reduce((total, figures) => total + (figure(figures, name, labels) ?? 0), 0);
    expect(sum("medforge_session_launch_seconds_count")).toBe(3);
    expect(sum("medforge_session_claim_lag_seconds_count")).toBeGreaterThanOrEqual(3);
    expect(sum("medforge_loop_seconds_count", { loop: "samples", outcome: "ok" })).toBeGreaterThan(0);
    expect(sum("medforge_agent_call_seconds_count", { verb: "session.start", outcome: "ok" })).toBe(3);
    expect(
      sum("medforge_agent_call_seconds_count", { verb: "session.logs", outcome: "failed" }),
    ).toBeGreaterThan(0);
  });

  test("a start that is given up is counted by its reason", async () => {
    const act = () => {
      throw new AgentError("no_such_pack", "Pack base is unknown to this host");
    };
    lab.agent.inject({ verb: "session.start", when: "before", act });
    const other = await seedUser(lab.db, { wake: () => lab.wake() });
    await lab.reaches(await launchSession(other, "external", {}), "ERROR");
    const all = await Promise.all(
      lab.workers.map(async (_, n) => parseFigures(await (await scrape("/metrics", n)).text())),
    );
    const counted = all.map((figures) =>
      figure(figures, "medforge_session_start_failures_total", { reason: "no_such_pack" }),
    );
    expect(counted.filter((n) => n === 1)).toHaveLength(1);
  });

  test("of the agent come through the worker; of an agent that is silent it is said so", async () => {
    const response = await scrape("/metrics/agent");
    expect(await response.text()).toBe("simulated 1\n");
    await lab.agent.silence();
    expect((await scrape("/metrics/agent")).status).toBe(503);
    // What is known without it is still told.
    expect((await scrape("/metrics")).status).toBe(200);
    await lab.agent.open();
  });

  test("there is nothing else at that port", async () => {
    expect((await scrape("/")).status).toBe(404);
    expect((await scrape("/metrics/../etc")).status).toBe(404);
    const port = required(lab.workers[0], "worker").metricsPort;
    expect((await fetch(`http://127.0.0.1:${port}/metrics`, { method: "POST" })).status).toBe(405);
  });
});
