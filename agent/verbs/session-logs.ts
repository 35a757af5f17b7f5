import { maxLogBytes, type VerbInput, type VerbResult } from "@/lib/agent-protocol/verbs";
import type { AgentContext } from "../context";
import { findSession } from "../session/container";
import { readLog } from "../session/log";
import { lastLines, plainText } from "../telemetry/plain-text";

export async function sessionLogs(
  context: AgentContext,
  input: VerbInput<"session.logs">,
): Promise<VerbResult<"session.logs">> {
  const found = await findSession(context, input.installationId, input.slug);
  const log = found && (await readLog(found.container, input.maxLines));
  return { text: log === undefined ? null : lastLines(plainText(log), input.maxLines, maxLogBytes) };
}
