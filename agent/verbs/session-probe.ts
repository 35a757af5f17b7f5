import { z } from "zod";
import { AgentError, type VerbInput, type VerbResult } from "@/lib/agent-protocol/verbs";
import { required } from "@/lib/kernel/assert";
import { asAccount } from "../account";
import type { AgentContext } from "../context";
import type { Attempt } from "../probe/attempt";
import { gatherFacts } from "../probe/facts";
import { type Target, targetsFor, wayTo } from "../probe/targets";
import { verdictOf } from "../probe/verdict";
import { type FoundSession, findSession, refuseOlder } from "../session/container";
import { type InNetwork, networkOf, runInNetwork } from "../session/netns";

type Input = VerbInput<"session.probe">;

/** `nobody`: owns nothing, in Debian and elsewhere. */
const nobody = { uid: 65_534, gid: 65_534 };
/** The program gives each attempt up after 2 s, all at once; the rest is its start on a busy host. ms */
const programMs = 15_000;

const results = z.array(z.strictObject({ code: z.string(), ms: z.number().int().nonnegative() }));

async function findRunning(context: AgentContext, input: Input): Promise<FoundSession> {
  const found = await findSession(context, input.installationId, input.slug);
  if (found?.details.State.Running !== true) {
    throw new AgentError("no_such_session", `Session ${input.slug} has no running container on this host`);
  }
  refuseOlder(found, input.generation);
  return found;
}

/** Has the attempts made inside the session's network. */
async function attemptAll(context: AgentContext, where: InNetwork, targets: readonly Target[]) {
  const program = asAccount(nobody, [process.execPath, context.env.MEDFORGE_PROBE_PROGRAM]);
  const attempts = targets.map(({ protocol, address, port }): Attempt => ({ protocol, address, port }));
  const ended = await runInNetwork(where, program, {
    input: JSON.stringify(attempts),
    timeoutMs: programMs,
  });
  if (ended.code !== 0) throw new Error(`The probe program ended with ${ended.code}: ${ended.stderr}`);
  return results.parse(JSON.parse(ended.stdout));
}

/** Outside the session's queue: a stop need not wait for it, and is noticed. */
export async function sessionProbe(
  context: AgentContext,
  input: Input,
): Promise<VerbResult<"session.probe">> {
  const found = await findRunning(context, input);
  const facts = await gatherFacts(context, found);
  const targets = targetsFor(facts);
  const attempts = await attemptAll(context, networkOf(found.details), targets);
  // A network whose container has ended refuses everything, which would look like the best of fences.
  const after = await findRunning(context, input);
  if (after.details.State.Pid !== found.details.State.Pid) {
    throw new AgentError("no_such_session", `Session ${input.slug} was started anew while it was probed`);
  }
  const probes = targets.map(({ label, kind, expectation, address, port }, index) => {
    const { code, ms } = required(attempts[index], "the probe's result");
    const { outcome, how } = verdictOf(code, wayTo(address, facts));
    if (expectation === "refused" && outcome === "reached") {
      context.log.error({ slug: input.slug, kind, address, port, code }, "isolation is broken");
    }
    return { target: label, kind, expectation, outcome, how, ms };
  });
  return { probes };
}
