import type { VerbResult } from "@/lib/agent-protocol/verbs";
import { systemClock } from "@/lib/kernel/clock";
import type { AgentContext } from "../context";

export async function usage(context: AgentContext): Promise<VerbResult<"usage">> {
  const gpus = await context.gpus.usage();
  return { sampledAt: systemClock.now().toISOString(), gpus };
}
