import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { activeSessionStates, maxTtlMinutes, sessionStates, sshPorts } from "./model";
import {
  backoffMs,
  certAuthorityLine,
  type EngineIdentity,
  endOf,
  extensionOf,
  hostKeyAlias,
  hourMarkOf,
  isolationOf,
  knownHosts,
  leavesAt,
  portCandidates,
  recoveryVerdict,
  sameEngine,
  sessionEnd,
  sshCommand,
  sshConfig,
  sshConfigForAll,
  statesBefore,
  transitions,
} from "./rules";
import { hoursAllow, hoursEnd } from "./week-rules";

const port = fc.integer({ min: sshPorts.first, max: sshPorts.last });
const below1 = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

describe("transitions", () => {
  test("a session that has ended never comes back, and every other can still end", () => {
    for (const state of sessionStates) {
      const active = (activeSessionStates as readonly string[]).includes(state);
      expect(transitions[state].length > 0).toBe(active);
    }
    expect(statesBefore("STOPPING")).toEqual(["STARTING", "RUNNING"]);
    expect(statesBefore("ERROR")).toEqual(["STOPPING"]);
    expect(statesBefore("STOPPED")).toEqual(["STOPPING"]);
  });
});

describe("portCandidates", () => {
  test("every free port exactly once, wherever it starts", () => {
    fc.assert(
      fc.property(fc.uniqueArray(port, { maxLength: 1000 }), below1, (used, random) => {
        const candidates = portCandidates(new Set(used), random);
        expect(candidates).toHaveLength(sshPorts.last - sshPorts.first + 1 - used.length);
        expect(new Set(candidates).size).toBe(candidates.length);
        expect(candidates.some((one) => used.includes(one))).toBe(false);
        expect(candidates.every((one) => one >= sshPorts.first && one <= sshPorts.last)).toBe(true);
      }),
    );
  });
});

describe("backoffMs", () => {
  test("grows, and stays within half a minute", () => {
    fc.assert(
      fc.property(fc.nat(10_000), (attempts) => {
        expect(backoffMs(attempts)).toBeLessThanOrEqual(30_000);
        expect(backoffMs(attempts + 1)).toBeGreaterThanOrEqual(backoffMs(attempts));
      }),
    );
  });
});

const engine: fc.Arbitrary<EngineIdentity> = fc.record({
  bootId: fc.constantFrom("boot-a", "boot-b"),
  engineStartedAt: fc.constantFrom(new Date("2026-11-01T00:00:00Z"), new Date("2026-11-02T00:00:00Z")),
});
const storage = fc.boolean();
const dead = fc.option(
  fc.record({
    state: fc.constantFrom("exited" as const, "created" as const),
    exitCode: fc.option(fc.nat(255)),
    oomKilled: fc.boolean(),
    workspaceAlive: fc.constant(null),
  }),
);
const alive = { state: "running", exitCode: null, oomKilled: false, workspaceAlive: true } as const;

describe("recoveryVerdict", () => {
  test("a container that runs is never touched", () => {
    fc.assert(
      fc.property(engine, engine, storage, (before, now, storageReady) => {
        const { verdict } = recoveryVerdict(before, alive, { ...now, storageReady });
        expect(["fine", "adopt"]).toContain(verdict);
      }),
    );
  });

  test("one whose workspace died under it is restarted as soon as the pool is back, and not before", () => {
    fc.assert(
      fc.property(engine, engine, storage, (before, now, storageReady) => {
        const container = { ...alive, workspaceAlive: false };
        const { verdict } = recoveryVerdict(before, container, { ...now, storageReady });
        expect(verdict).toBe(storageReady ? "restart" : "wait");
      }),
    );
  });

  test("a restart says what died, since what is left of files depends on it", () => {
    const before = { bootId: "a", engineStartedAt: new Date("2026-11-01T00:00:00.000Z") };
    const later = { ...before, engineStartedAt: new Date("2026-11-02T00:00:00.000Z"), storageReady: true };
    const causeOf = (container: Parameters<typeof recoveryVerdict>[1], now = later) =>
      recoveryVerdict(before, container, now);
    expect(causeOf(null)).toMatchObject({ verdict: "restart", cause: "engine" });
    expect(causeOf(null, { ...later, bootId: "b" })).toMatchObject({ verdict: "restart", cause: "host" });
    expect(causeOf({ ...alive, workspaceAlive: false })).toMatchObject({ cause: "workspace" });
  });

  test("one that is gone is restarted after a restart around it, and failed under the same engine", () => {
    fc.assert(
      fc.property(engine, engine, storage, dead, (before, now, storageReady, container) => {
        const { verdict } = recoveryVerdict(before, container, { ...now, storageReady });
        expect(verdict).toBe(sameEngine(before, now) ? "fail" : "restart");
      }),
    );
  });

  test("readings of one engine's start may differ by clock steps", () => {
    const at = new Date("2026-11-01T00:00:00.000Z");
    const before = { bootId: "a", engineStartedAt: at };
    expect(sameEngine(before, { bootId: "a", engineStartedAt: new Date(at.getTime() + 1_500) })).toBe(true);
    expect(sameEngine(before, { bootId: "a", engineStartedAt: new Date(at.getTime() + 5_000) })).toBe(false);
    expect(sameEngine(before, { bootId: "b", engineStartedAt: at })).toBe(false);
  });

  test("says what became of the container", () => {
    const now = { bootId: "a", engineStartedAt: null, storageReady: true };
    const ended = { state: "exited", workspaceAlive: null } as const;
    const said = (container: Parameters<typeof recoveryVerdict>[1]) => recoveryVerdict(now, container, now);
    expect(said({ ...ended, exitCode: 137, oomKilled: true })).toMatchObject({
      error: expect.stringContaining("out of memory"),
    });
    expect(said({ ...ended, exitCode: 2, oomKilled: false })).toMatchObject({
      error: expect.stringContaining("exit code 2"),
    });
    expect(said(null)).toMatchObject({ error: expect.stringContaining("removed") });
  });
});

describe("how to connect", () => {
  const target = {
    slug: "abcd2345",
    host: "gpu.example.org",
    port: 10_022,
    workspaceId: "wsp_aaaaaaaaaaaaaaaa",
    hostPublicKey: "ssh-ed25519 AAAA",
  };

  test("the host key is remembered under the workspace, whatever port and address", () => {
    expect(hostKeyAlias(target.workspaceId)).toBe("mf-wsp_aaaaaaaaaaaaaaaa");
    expect(sshCommand(target)).toBe(
      "ssh -p 10022 -o HostKeyAlias=mf-wsp_aaaaaaaaaaaaaaaa mf@gpu.example.org",
    );
    expect(sshConfig(target).split("\n")).toEqual([
      "Host mf-abcd2345",
      "  HostName gpu.example.org",
      "  Port 10022",
      "  User mf",
      "  HostKeyAlias mf-wsp_aaaaaaaaaaaaaaaa",
    ]);
    expect(knownHosts(target)).toBe("mf-wsp_aaaaaaaaaaaaaaaa ssh-ed25519 AAAA");
    expect(knownHosts({ ...target, hostPublicKey: null })).toBeNull();
  });
});

describe("isolation", () => {
  const probe = (
    expectation: "refused" | "reached",
    outcome: "refused" | "reached",
    target = "10.0.0.1:80",
  ) => ({
    ...{ target, expectation, outcome },
    ...{ kind: "private" as const, how: "timed out", ms: 2_000 },
  });

  test("holds while nothing is reached that must not be, internet or none", () => {
    const run = [probe("refused", "refused"), probe("refused", "refused"), probe("reached", "refused")];
    expect(isolationOf(run)).toEqual({ ok: true, refused: 2, reached: 0, leaks: [], fault: null });
    expect(isolationOf([...run, probe("reached", "reached")])).toMatchObject({ ok: true, reached: 1 });
  });

  test("is broken by one address, which is named, and proved by no probes", () => {
    expect(isolationOf([probe("refused", "reached"), probe("refused", "refused")])).toMatchObject({
      ok: false,
      leaks: ["10.0.0.1:80"],
      fault: "Isolation is broken: reached 10.0.0.1:80.",
    });
    expect(isolationOf([])).toMatchObject({ ok: false, fault: expect.stringContaining("nothing was tried") });
  });
});

test("one line and one block make ssh trust every session", () => {
  expect(certAuthorityLine("ssh-ed25519 AAAA")).toBe("@cert-authority mf-* ssh-ed25519 AAAA");
  expect(sshConfigForAll("gpu.example.edu").split("\n")[0]).toBe("Host mf-*");
});

const minuteMs = 60_000;
const now = new Date("2026-11-25T12:00:00Z");
const weekEnd = new Date("2026-11-28T05:00:00Z");
const uses = fc.record({
  usedMs: fc.integer({ min: 0, max: 200 * 60 * minuteMs }),
  limitMinutes: fc.integer({ min: 0, max: 12_000 }),
  holders: fc.integer({ min: 1, max: 20 }),
  now: fc.constant(now),
  weekEnd: fc.constant(weekEnd),
});

describe("the week's GPU-hours", () => {
  test("run until the end they give, use no more than the limit, and waste none of it", () => {
    fc.assert(
      fc.property(uses, (use) => {
        const end = hoursEnd(use);
        const until = (end ?? weekEnd).getTime() - now.getTime();
        const total = use.usedMs + until * use.holders;
        const limit = use.limitMinutes * minuteMs;
        if (end === null) expect(total).toBeLessThanOrEqual(limit);
        else expect(total).toBeLessThanOrEqual(Math.max(limit, use.usedMs));
        if (end !== null && use.usedMs <= limit) expect(limit - total).toBeLessThan(use.holders);
      }),
    );
  });

  test("more sessions never end later, more hours never sooner", () => {
    const time = (end: Date | null) => end?.getTime() ?? Number.POSITIVE_INFINITY;
    fc.assert(
      fc.property(uses, fc.integer({ min: 1, max: 600 }), (use, more) => {
        const end = time(hoursEnd(use));
        expect(time(hoursEnd({ ...use, holders: use.holders + 1 }))).toBeLessThanOrEqual(end);
        expect(time(hoursEnd({ ...use, limitMinutes: use.limitMinutes + more }))).toBeGreaterThanOrEqual(end);
      }),
    );
  });

  test("allow one more as long as each gets five minutes, or the week turns first", () => {
    const use = { usedMs: 0, limitMinutes: 60, holders: 12, now, weekEnd };
    expect(hoursAllow(use)).toBe(true);
    expect(hoursAllow({ ...use, holders: 13 })).toBe(false);
    expect(hoursAllow({ ...use, usedMs: 60 * minuteMs, holders: 1 })).toBe(false);
    expect(hoursAllow({ ...use, holders: 13, weekEnd: new Date(now.getTime() + minuteMs) })).toBe(true);
  });

  test("end a session within the warning time only, and never after its own limit", () => {
    const running = { runningAt: new Date(now.getTime() - 60 * minuteMs), ttlMinutes: 120 };
    const soon = new Date(now.getTime() + 10 * minuteMs);
    const later = new Date(now.getTime() + 45 * minuteMs);
    const own = new Date(now.getTime() + 60 * minuteMs);
    expect(sessionEnd(running, soon, now)).toEqual({ stopsAt: soon, endsWithHours: true });
    expect(sessionEnd(running, later, now)).toEqual({ stopsAt: own, endsWithHours: false });
    expect(sessionEnd({ ...running, ttlMinutes: 65 }, soon, now).endsWithHours).toBe(false);
    expect(sessionEnd({ ...running, ttlMinutes: null }, null, now)).toEqual({
      stopsAt: null,
      endsWithHours: false,
    });
  });
});

describe("extensionOf", () => {
  const ttl = fc.integer({ min: 1, max: maxTtlMinutes });
  const longest = fc.option(ttl);
  const hours = fc.option(
    fc.integer({ min: 0, max: 5_000 }).map((m) => new Date(now.getTime() + m * minuteMs)),
  );

  test("as far as both limits go and not a minute further", () => {
    fc.assert(
      fc.property(ttl, longest, hours, (ttlMinutes, maxDurationMinutes, end) => {
        const { minutes } = extensionOf(
          { runningAt: now, ttlMinutes },
          { maxDurationMinutes, hours: end, leaves: null },
          now,
        );
        const fits = (more: number) =>
          ttlMinutes + more <= (maxDurationMinutes ?? maxTtlMinutes) &&
          (end === null || now.getTime() + (ttlMinutes + more) * minuteMs <= end.getTime());
        expect(minutes).toBeGreaterThanOrEqual(0);
        if (minutes > 0) expect(fits(minutes)).toBe(true);
        expect(fits(minutes + 1)).toBe(false);
      }),
    );
  });

  test("names what is in the way", () => {
    const session = { runningAt: now, ttlMinutes: 60 };
    const bound = (maxDurationMinutes: number | null, end: Date | null, leaves: Date | null = null) =>
      extensionOf(session, { maxDurationMinutes, hours: end, leaves }, now);
    expect(bound(90, null)).toEqual({ minutes: 30, boundBy: "duration" });
    expect(bound(null, null)).toEqual({ minutes: maxTtlMinutes - 60, boundBy: "longest" });
    expect(bound(90, new Date(now.getTime() + 70 * minuteMs))).toEqual({ minutes: 10, boundBy: "gpu_hours" });
    const inMinutes = (minutes: number) => new Date(now.getTime() + minutes * minuteMs);
    expect(bound(90, inMinutes(70), inMinutes(65))).toEqual({ minutes: 5, boundBy: "held_hours" });
    expect(bound(90, null, inMinutes(59))).toEqual({ minutes: 0, boundBy: "held_hours" });
    expect(bound(90, inMinutes(70), inMinutes(80))).toEqual({ minutes: 10, boundBy: "gpu_hours" });
  });
});

describe("the end of held hours", () => {
  const end = new Date("2026-12-05T05:00:00.000Z");
  const ahead = (seconds: number) => new Date(end.getTime() - seconds * 1000);

  test("is told at the mark that has come last", () => {
    const told = [1801, 1800, 601, 600, 61, 60, 0.001, 0, -1].map(
      (seconds) => hourMarkOf(end, ahead(seconds))?.mark ?? null,
    );
    expect(told).toEqual([null, 30, 30, 10, 10, 1, 1, null, null]);
  });

  test("says how much is left, not how much the mark is: whoever begins after it has less", () => {
    const left = [1800, 1797, 1440, 700, 597, 250, 60, 57, 20].map(
      (seconds) => hourMarkOf(end, ahead(seconds))?.left ?? null,
    );
    expect(left).toEqual([30, 30, 24, 12, 10, 4, 1, 1, 1]);
  });

  test("clears the GPU a minute ahead, and ends what nothing else ends before", () => {
    expect(leavesAt(end)).toEqual(ahead(60));
    const session = { endsWithHours: false };
    expect(endOf({ ...session, endsAt: null, stopsAt: null })).toEqual({ stopsAt: null, endsBy: null });
    expect(endOf({ ...session, endsAt: end, stopsAt: null }).endsBy).toBe("held_hours");
    expect(endOf({ ...session, endsAt: ahead(60), stopsAt: end })).toEqual({
      stopsAt: ahead(60),
      endsBy: "held_hours",
    });
    expect(endOf({ ...session, endsAt: end, stopsAt: end }).endsBy).toBe("time_limit");
    expect(endOf({ endsWithHours: true, endsAt: end, stopsAt: end }).endsBy).toBe("gpu_hours");
  });
});
