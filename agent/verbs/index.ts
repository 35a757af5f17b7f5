import type { VerbInput, VerbName, VerbResult } from "@/lib/agent-protocol/verbs";
import type { AgentContext } from "../context";
import { gpuProcesses } from "./gpu-processes";
import { health } from "./health";
import { inventory } from "./inventory";
import { metrics } from "./metrics";
import { sessionInspect } from "./session-inspect";
import { sessionList } from "./session-list";
import { sessionLogs } from "./session-logs";
import { sessionProbe } from "./session-probe";
import { sessionPushKeys } from "./session-push-keys";
import { sessionStart } from "./session-start";
import { sessionStop } from "./session-stop";
import { sessionsStats } from "./sessions-stats";
import { usage } from "./usage";
import { workspaceDestroy } from "./workspace-destroy";
import { workspaceEnsure } from "./workspace-ensure";
import { workspaceList } from "./workspace-list";
import { workspacePrune } from "./workspace-prune";
import { workspaceRestore } from "./workspace-restore";
import { workspaceSnapshot } from "./workspace-snapshot";
import { workspaceUsage } from "./workspace-usage";

export type Handlers = {
  readonly [Name in VerbName]: (context: AgentContext, input: VerbInput<Name>) => Promise<VerbResult<Name>>;
};

/** One handler per verb of the contract; the type keeps it complete. */
export const handlers: Handlers = {
  health,
  inventory,
  usage,
  "workspace.ensure": workspaceEnsure,
  "workspace.snapshot": workspaceSnapshot,
  "workspace.list": workspaceList,
  "workspace.restore": workspaceRestore,
  "workspace.usage": workspaceUsage,
  "workspace.prune": workspacePrune,
  "workspace.destroy": workspaceDestroy,
  "session.start": sessionStart,
  "session.stop": sessionStop,
  "session.inspect": sessionInspect,
  "session.list": sessionList,
  "session.pushKeys": sessionPushKeys,
  "session.probe": sessionProbe,
  "sessions.stats": sessionsStats,
  "session.logs": sessionLogs,
  "gpu.processes": gpuProcesses,
  metrics,
};
