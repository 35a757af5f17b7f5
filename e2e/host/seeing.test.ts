import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { type NoticePage, noticePage } from "@/lib/notices/model";
import type { SessionView } from "@/lib/sessions/model";
import { logView, processesView, type SamplesView, samplesView } from "@/lib/telemetry/model";
import type { Api } from "../support/api";
import { change, closeDatabase } from "../support/database";
import { testEnv } from "../support/env";
import { eventually } from "../support/eventually";
import { containerName, docker, settleSpace } from "../support/host";
import { endAllSessions, inState, launch, stepMs, stop } from "../support/lab";
import { expectNoLeaks } from "../support/leaks";
import { newPerson, type Person } from "../support/people";
import { type Figure, figure, parseFigures } from "../support/prometheus";
import { ssh } from "../support/ssh";

let ana: Person;
let session: SessionView;

beforeAll(async () => {
  await endAllSessions();
  ana = await newPerson("ana");
  session = await launch(ana, { workspaceName: "watched" });
});

afterAll(async () => {
  await endAllSessions();
  await expectNoLeaks();
  await closeDatabase();
});

const samples = (): Promise<SamplesView> =>
  ana.api.call(samplesView, "GET", `external/sessions/${session.slug}/samples`);

/** Waits for samples that show it; a sample comes every ten seconds. */
function shown<T>(what: string, look: (view: SamplesView) => T | undefined): Promise<T> {
  let last: SamplesView | undefined;
  return eventually(
    what,
    stepMs,
    async () => {
      last = await samples();
      return look(last);
    },
    () => last,
  );
}

const most = (column: readonly (number | null)[]) => Math.max(0, ...column.map((value) => value ?? 0));

const cpuSeconds = ({ cpus, stepSeconds }: SamplesView) =>
  cpus.reduce<number>((sum, used) => sum + (used ?? 0) * stepSeconds, 0);

/** Of CPU time. */
const burnSeconds = 8;

describe("what a session uses, on its page", () => {
  test("CPU, memory, disk and network of real programs", async () => {
    await shown("the first sample", ({ at }) => (at.length > 0 ? true : undefined));
    // By its own clock, since a busy machine gives it less.
    const work = `import time\nwhile time.process_time() < ${burnSeconds}: pass`;
    await ssh(ana, session, `nohup python3 -c '${work}' >/dev/null 2>&1 &`);
    await ssh(ana, session, "head -c 40000000 /dev/urandom > /workspace/blob && sync");
    await settleSpace(session.workspace.id);
    await ssh(ana, session, "head -c 5000000 /dev/zero");
    const busy = await shown("a busy CPU", (view) =>
      cpuSeconds(view) > burnSeconds * 0.9 ? view : undefined,
    );
    expect(cpuSeconds(busy)).toBeLessThan(burnSeconds * 2);
    expect(most(busy.cpus)).toBeLessThanOrEqual(busy.limits.cpus * 1.2);
    await shown("what was written", ({ diskBytes }) => (most(diskBytes) > 38_000_000 ? true : undefined));
    await shown("what was sent", (view) => (most(view.sentBytesPerSecond) > 100_000 ? true : undefined));
    expect(most(busy.memoryBytes)).toBeGreaterThan(1_000_000);
    expect(busy.limits.memoryBytes).toBeGreaterThan(most(busy.memoryBytes));
    expect(busy.limits.diskBytes).toBe(50 * 1024 ** 3);
  });

  test("its GPU's load, memory, temperature and power", async () => {
    const view = await shown("figures of the GPU", (seen) => (seen.gpuWatts.at(-1) ? seen : undefined));
    expect(most(view.gpuMemoryMiB)).toBeGreaterThan(0);
    expect(most(view.gpuCelsius)).toBeGreaterThan(20);
    expect(view.limits.gpuMemoryMiB).toBeGreaterThan(1_000);
  });

  test("the programs on its GPU, by the number they have inside", async () => {
    const started = await ssh(
      ana,
      session,
      "cp /bin/sleep /workspace/gpu-stand-in && { nohup /workspace/gpu-stand-in 300 >/dev/null 2>&1 & echo $!; }",
    );
    const path = `external/sessions/${session.slug}/processes`;
    const own = [{ pid: Number(started.trim()), name: "gpu-stand-in", memoryMiB: null }];
    let last: unknown;
    await eventually(
      "the program is listed",
      stepMs,
      async () => {
        const seen = await ana.api.call(processesView, "GET", path);
        last = seen;
        return JSON.stringify(seen.own) === JSON.stringify(own) ? true : undefined;
      },
      () => last,
    );
  });

  test("its log, also after the end", async () => {
    const path = `external/sessions/${session.slug}/log`;
    const log = () => ana.api.call(logView, "GET", path);
    await eventually("the login is in the log", stepMs, async () =>
      (await log()).text?.includes("Accepted publickey for mf") ? true : undefined,
    );
    await stop(ana.api, session.slug);
    expect((await log()).text).toContain("Accepted publickey for mf");
    expect((await samples()).at.length).toBeGreaterThan(0);
  });
});

describe("what is told", () => {
  const told = async (api: Api): Promise<NoticePage> =>
    noticePage.parse(JSON.parse((await api.send("GET", "me/notices")).text));

  test("of a session that failed, at once, until it is read", async () => {
    const failing = await launch(ana, { workspaceName: "watched" });
    await docker("kill", containerName(failing.slug));
    await inState(ana.api, failing.slug, ["ERROR"]);
    const { data, meta } = await told(ana.api);
    expect(meta.unread).toBe(1);
    expect(data).toMatchObject([
      { title: `Session ${failing.slug} failed`, href: `/sessions/${failing.slug}` },
    ]);
    await ana.api.call(z.unknown(), "POST", `me/notices/${data[0]?.id}/read`);
    expect((await told(ana.api)).meta.unread).toBe(0);
  });

  test("of a time limit that is near, and of its end", async () => {
    const limited = await launch(ana, { workspaceName: "watched", ttlMinutes: 60 });
    const passes = "UPDATE sessions SET stops_at = UTC_TIMESTAMP(3) + INTERVAL ? SECOND WHERE slug = ?";
    const kinds = async () => (await told(ana.api)).data.map(({ content }) => content.kind);
    await change("UPDATE sessions SET running_at = UTC_TIMESTAMP(3) - INTERVAL 1 HOUR WHERE slug = ?", [
      limited.slug,
    ]);
    await change(passes, [500, limited.slug]);
    await eventually("a warning", stepMs, async () =>
      (await kinds()).includes("session_ending") ? true : undefined,
    );
    await change(passes, [-1, limited.slug]);
    await inState(ana.api, limited.slug, ["STOPPED"]);
    expect((await kinds()).slice(0, 2)).toEqual(["session_time_limit", "session_ending"]);
  });

  test("nothing of it to anybody else", async () => {
    const eve = await newPerson("eve");
    expect(await told(eve.api)).toEqual({ data: [], meta: { nextCursor: null, unread: 0 } });
  });
});

describe("metrics", () => {
  async function scrape(path: string): Promise<{ text: string; figures: Figure[] }> {
    const file = join(testEnv().MEDFORGE_TEST_DATA_DIR, "config.json");
    const { metricsPort } = z
      .object({ metricsPort: z.number() })
      .parse(JSON.parse(readFileSync(file, "utf8")));
    const response = await fetch(`http://127.0.0.1:${metricsPort}${path}`);
    const text = await response.text();
    expect(response.status, text).toBe(200);
    return { text, figures: parseFigures(text) };
  }

  test("of the worker and, through it, of the agent, are scraped and name nobody", async () => {
    const [worker, agent] = [await scrape("/metrics"), await scrape("/metrics/agent")];
    expect(figure(worker.figures, "medforge_database_up")).toBe(1);
    expect(figure(worker.figures, "medforge_session_launch_seconds_count")).toBeGreaterThanOrEqual(3);
    expect(figure(worker.figures, "medforge_node_up")).toBe(1);
    expect(figure(worker.figures, "medforge_pool_free_bytes")).toBeGreaterThan(0);
    expect(
      figure(worker.figures, "medforge_gpu_temperature_celsius", { uuid: session.gpu.uuid }),
    ).toBeGreaterThan(0);
    expect(figure(agent.figures, "medforge_build_info", { part: "agent" })).toBe(1);
    const starts = { verb: "session.start", outcome: "ok" };
    expect(figure(agent.figures, "medforge_agent_verb_seconds_count", starts)).toBeGreaterThanOrEqual(3);
    for (const { text } of [worker, agent]) {
      for (const secret of [ana.username, ana.id, session.slug, session.workspace.id])
        expect(text).not.toContain(secret);
    }
  });
});
