import type { VerbInput, VerbResult } from "@/lib/agent-protocol/verbs";
import type { AgentContext } from "../context";
import { findSession, toSessionInfos } from "../session/container";
import { readLog } from "../session/log";

const tailLines = 40;
const tailCharacters = 8_000;

export async function sessionInspect(
  context: AgentContext,
  input: VerbInput<"session.inspect">,
): Promise<VerbResult<"session.inspect">> {
  const found = await findSession(context, input.installationId, input.slug);
  if (found === undefined) return { session: null, logTail: "" };
  const [[session = null], log = ""] = await Promise.all([
    toSessionInfos([found]),
    readLog(found.container, tailLines),
  ]);
  return { session, logTail: log.slice(-tailCharacters) };
}
