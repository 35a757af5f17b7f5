import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { probeRunView, type SessionView, sshCaView } from "@/lib/sessions/model";
import { closeDatabase } from "../support/database";
import { eventually } from "../support/eventually";
import { endAllSessions, launch, session as look, stop, timeline } from "../support/lab";
import { expectNoLeaks } from "../support/leaks";
import { newHome, newPerson, type Person } from "../support/people";
import { output } from "../support/run";
import { trySsh } from "../support/ssh";

/** The agent looks at its chains every 30 s, the worker asks it every 5 s, and a probe takes 3 s, on a busy machine. */
const reassertMs = 120_000;
/** Answers in the test world as the internet would. */
const internet = "203.0.113.1:80";

let ana: Person;
let session: SessionView;

beforeAll(async () => {
  await endAllSessions();
  ana = await newPerson("ana");
  session = await launch(ana, { workspaceName: "evidence" });
});

afterAll(async () => {
  await stop(ana.api, session.slug);
  await expectNoLeaks();
  await closeDatabase();
});

type Probe = z.output<typeof probeRunView>["probes"][number];

/** Of the host's resolvers, which it may ask. Whether one answers is its own affair. */
const isResolver = ({ kind, expectation }: Probe) => kind === "dns" && expectation === "reached";

const runs = () => ana.api.call(z.array(probeRunView), "GET", `external/sessions/${session.slug}/probes`);

async function firewallRule(action: "-I" | "-D", chain: string, ...rule: string[]): Promise<void> {
  await output(["iptables", "-w", "10", action, chain, ...rule]);
}

describe("evidence of what a session can reach", () => {
  test("is there soon after the start: the internet and nothing else", async () => {
    const seen = await eventually("the session is probed", reassertMs, async () => {
      const now = await look(ana.api, session.slug);
      return now.isolation === null ? undefined : now;
    });
    expect(seen).toMatchObject({ isolation: { ok: true }, condition: null });
    const [run] = await runs();
    expect(run?.cause).toBe("started");
    const others = (run?.probes ?? []).filter((probe) => !isResolver(probe));
    const reached = others.filter(({ outcome }) => outcome === "reached");
    expect(reached.map(({ target }) => target)).toEqual([internet]);
    expect(run?.refused).toBe(others.length - 1);
  });

  test("is taken anew when the firewall was found changed", async () => {
    const before = await runs();
    // As a VPN's daemon does: ahead of the agent's own.
    await firewallRule("-I", "FORWARD", "-j", "ACCEPT");
    try {
      await eventually(
        "the agent's chains are first again and the session was probed",
        reassertMs,
        async () => {
          const now = await runs();
          return now.length > before.length && now[0]?.cause === "firewall" ? true : undefined;
        },
      );
    } finally {
      await firewallRule("-D", "FORWARD", "-j", "ACCEPT");
    }
    const [run] = await runs();
    expect(run?.ok).toBe(true);
    expect((await timeline(ana.api, session.slug)).map(({ kind }) => kind)).not.toContain("isolation_broken");
  });
});

describe("the lab's SSH authority", () => {
  test("lets ssh in by the one line of the settings, and by no other", async () => {
    const sshCa = await ana.api.call(sshCaView, "GET", "ssh-ca");
    const home = newHome();
    const trusting = (knownHosts: string): Person => {
      writeFileSync(join(home, "known_hosts"), knownHosts);
      return { ...ana, home };
    };
    const identity = join(ana.home, "id_ed25519");
    const login = (knownHosts: string) =>
      trySsh(trusting(knownHosts), session, "true", { identity, strict: true });
    expect(await login(`${sshCa.knownHosts}\n`)).toMatchObject({ code: 0, stderr: "" });
    expect((await login("")).code).toBe(255);
  });
});
