import { open } from "node:fs/promises";
import type { Exposure } from "@/lib/agent-protocol/patterns";
import { AgentError } from "@/lib/agent-protocol/verbs";
import type { AgentContext } from "../context";
import { unlessGone } from "../gone";
import { failureOf, type RunOptions, type RunResult, run } from "../run";
import type { SessionNetwork } from "../subnet";
import { cgroupOf, containerOf } from "../telemetry/running";

/**
 * Where Docker answers DNS inside every container of a network that was made by name. It can't be turned off, and it
 * tells each session by name and by address who else is there.
 */
const engineResolver = "127.0.0.11/32";

/** A container's first process, by the host's count, as the engine told of it. */
export interface InNetwork {
  containerId: string;
  pid: number;
}

export const networkOf = ({ Id, State }: { Id: string; State: { Pid: number } }): InNetwork => ({
  containerId: Id,
  pid: State.Pid,
});

/**
 * Runs a command in a container's network. The number of a process that has ended may come to another, one of the host's
 * for instance: so the network is opened first, and then whose it is is looked at.
 * @throws AgentError `failed` when the container's process is no more; CommandError as `run`.
 */
export async function runInNetwork(
  { containerId, pid }: InNetwork,
  argv: readonly string[],
  options: Omit<RunOptions, "files"> = {},
): Promise<RunResult> {
  const network = await unlessGone(() => open(`/proc/${pid}/ns/net`));
  const ended = new AgentError("failed", "The session's container has ended");
  if (network === undefined) throw ended;
  try {
    const cgroup = await cgroupOf(pid);
    if (cgroup === undefined || containerOf(cgroup) !== containerId) throw ended;
    return await run(["nsenter", "--net=/proc/self/fd/3", "--", ...argv], {
      ...options,
      files: [network.fd],
    });
  } finally {
    await network.close();
  }
}

/** @throws as `runInNetwork`; CommandError when it fails */
export async function runInNetworkOk(
  where: InNetwork,
  argv: readonly string[],
  options: Omit<RunOptions, "files"> = {},
): Promise<string> {
  const result = await runInNetwork(where, argv, options);
  if (result.code !== 0) throw failureOf(["nsenter", ...argv], result);
  return result.stdout;
}

const ipBatch = ["ip", "-batch", "-"];

/**
 * Keeps a session from asking the engine's resolver; it has the real ones, or none, in its resolv.conf. An internal one
 * loses its default route besides, which some engines give it: what it tries is then refused at once and not dropped
 * by the firewall after minutes of waiting. The routes hold for as long as the container, an engine's restart included.
 * Repeating it is harmless.
 * @throws as `runInNetworkOk`
 */
export async function closeRoutes(where: InNetwork, exposure: Exposure): Promise<void> {
  const changes = [
    `route replace prohibit ${engineResolver} table local`,
    ...(exposure === "internal" ? ["route flush exact default"] : []),
  ];
  await runInNetworkOk(where, ipBatch, { input: `${changes.join("\n")}\n` });
}

/**
 * Makes the session acknowledge at once what it receives: otherwise a login waits 40 ms more, for as long as the client
 * holds back its next small packet. Only speed is lost when it fails, so that is told and nothing else.
 */
export async function quickenAcks(
  context: AgentContext,
  where: InNetwork,
  network: SessionNetwork,
  address: string,
): Promise<void> {
  const { gateway, subnet } = network;
  const routes = [
    // An internal network has no way out.
    ...(network.exposure === "external" ? [`route change default via ${gateway} dev eth0 quickack 1`] : []),
    `route change ${subnet} dev eth0 proto kernel scope link src ${address} quickack 1`,
  ];
  try {
    await runInNetworkOk(where, ipBatch, { input: `${routes.join("\n")}\n` });
  } catch (cause) {
    context.log.warn({ err: cause }, "quick acknowledgements not set");
  }
}
