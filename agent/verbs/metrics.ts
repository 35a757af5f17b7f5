import type { VerbResult } from "@/lib/agent-protocol/verbs";
import type { AgentContext } from "../context";

export async function metrics({ metrics: { registry } }: AgentContext): Promise<VerbResult<"metrics">> {
  return { contentType: registry.contentType, text: await registry.metrics() };
}
