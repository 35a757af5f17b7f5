import type { VerbInput, VerbResult } from "@/lib/agent-protocol/verbs";
import type { AgentContext } from "../context";
import { findSession, toSessionInfo } from "../session/container";
import { readLog } from "../session/log";

const tailLines = 40;
const tailCharacters = 8_000;

export async function sessionInspect(
  context: AgentContext,
  input: VerbInput<"session.inspect">,
): Promise<VerbResult<"session.inspect">> {
  const found = await findSession(context, input.installationId, input.slug);
  if (found === undefined) return { session: null, logTail: "" };
  const log = (await readLog(found.container, tailLines)) ?? "";
  return { session: toSessionInfo(found), logTail: log.slice(-tailCharacters) };
}
