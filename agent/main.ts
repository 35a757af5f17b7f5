import { agentEnv } from "@/lib/kernel/env/agent";
import { errorText } from "@/lib/kernel/errors";
import { createLog } from "@/lib/kernel/log";
import { type AgentContext, createContext } from "./context";
import { createDispatch } from "./dispatch";
import { createAgentServer, type ObserveVerb } from "./server";
import { listen } from "./socket";
import { agentVersion } from "./version";

/** What the host lacks at start is told by `health`; the agent is there to tell it. */
async function tellProblem(context: AgentContext, what: string, task: Promise<unknown>): Promise<void> {
  await task.catch((cause: unknown) => context.log.warn({ err: cause }, what));
}

async function main(): Promise<void> {
  const env = agentEnv();
  const log = createLog("agent", env.MEDFORGE_LOG_LEVEL);
  if (process.getuid?.() !== 0)
    throw new Error("The agent must run as root: it mounts datasets and sets the firewall");
  const context = await createContext(env, log);
  await tellProblem(context, "workspaces unavailable", context.workspaces.ensureParent());
  await tellProblem(context, "GPUs unknown", context.gpus.refresh());
  await context.guard.start();
  await context.keeper.start();
  context.shims.start();
  const observe: ObserveVerb = (...seen) => context.metrics.observeVerb(...seen);
  const server = createAgentServer(createDispatch(context), log, observe);
  await listen(server, env.MEDFORGE_AGENT_SOCKET, env.MEDFORGE_AGENT_SOCKET_GROUP);
  const { blocking, other } = context.guard.verdict;
  log.info(
    { socket: env.MEDFORGE_AGENT_SOCKET, version: agentVersion, problems: [...blocking, ...other] },
    "agent ready",
  );

  const stop = (signal: string) => {
    log.info({ signal, busy: context.queue.busyKeys }, "finishing running verbs");
    context.guard.stop();
    context.keeper.stop();
    context.shims.stop();
    server.close(() => log.info("agent stopped"));
    server.closeIdleConnections();
  };
  process.once("SIGTERM", stop);
  process.once("SIGINT", stop);
}

main().catch((cause: unknown) => {
  process.stderr.write(`The agent can't start: ${errorText(cause)}\n`);
  process.exitCode = 1;
});
