import type { Exposure } from "@/lib/agent-protocol/patterns";
import type { AgentContext } from "../context";
import { type Argv, runOk } from "../run";
import type { SessionNetwork } from "../subnet";

/**
 * Where Docker answers DNS inside every container of a network that was made by name. It can't be turned off, and it
 * tells each session by name and by address who else is there.
 */
const engineResolver = "127.0.0.11/32";

const inside = (pid: number): Argv => ["nsenter", `--net=/proc/${pid}/ns/net`, "--", "ip"];

/**
 * Keeps a session from asking the engine's resolver; it has the real ones, or none, in its resolv.conf. An internal one
 * loses its default route besides, which some engines give it: what it tries is then refused at once and not dropped
 * by the firewall after minutes of waiting. The routes hold for as long as the container, an engine's restart included.
 * Repeating it is harmless.
 * @throws CommandError
 */
export async function closeRoutes(pid: number, exposure: Exposure): Promise<void> {
  const changes = [
    `route replace prohibit ${engineResolver} table local`,
    ...(exposure === "internal" ? ["route flush exact default"] : []),
  ];
  await runOk([...inside(pid), "-batch", "-"], { input: `${changes.join("\n")}\n` });
}

/**
 * Makes the session acknowledge at once what it receives: otherwise a login waits 40 ms more, for as long as the client
 * holds back its next small packet. Only speed is lost when it fails, so that is told and nothing else.
 */
export async function quickenAcks(
  context: AgentContext,
  pid: number,
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
    await runOk([...inside(pid), "-batch", "-"], { input: `${routes.join("\n")}\n` });
  } catch (cause) {
    context.log.warn({ err: cause }, "quick acknowledgements not set");
  }
}
