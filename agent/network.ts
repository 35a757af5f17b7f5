import { readFile, writeFile } from "node:fs/promises";
import type Docker from "dockerode";
import { z } from "zod";
import { errorText } from "@/lib/kernel/errors";
import { engineCall, orMissing } from "./docker";
import { runOk } from "./run";
import { overlaps, type SessionNetwork } from "./subnet";

/** Without it, frames between two ports of a bridge never meet iptables, and sessions could reach each other. */
const bridgeFilterSwitch = "/proc/sys/net/bridge/bridge-nf-call-iptables";
const bridgeNameOption = "com.docker.network.bridge.name";
const icc = "com.docker.network.bridge.enable_icc";

const addressList = z.array(
  z.object({
    ifname: z.string(),
    addr_info: z.array(z.object({ family: z.string(), local: z.string(), prefixlen: z.number() })),
  }),
);

/** Docker forwards nothing from or to an internal network and publishes no ports on it. */
const isInternal = ({ exposure }: SessionNetwork): boolean => exposure === "internal";

/** How an existing network differs from the wanted one; null when it is as the agent makes it. */
export function difference(found: Docker.NetworkInspectInfo, wanted: SessionNetwork): string | null {
  const subnets = (found.IPAM?.Config ?? []).map((config) => config.Subnet);
  const options: Record<string, string> = found.Options ?? {};
  if (found.Driver !== "bridge") return `its driver is ${found.Driver}`;
  if (subnets.length !== 1 || subnets[0] !== wanted.subnet) return `its subnet is ${subnets.join(", ")}`;
  if (options[bridgeNameOption] !== wanted.bridge) return `its bridge is ${options[bridgeNameOption]}`;
  if (options[icc] !== "false") return "it lets containers talk to each other";
  if (found.EnableIPv6 === true) return "it has IPv6 on";
  if (found.Internal !== isInternal(wanted)) return found.Internal ? "it is internal" : "it is not internal";
  return null;
}

function create(engine: Docker, wanted: SessionNetwork): Promise<unknown> {
  return engine.createNetwork({
    Name: wanted.name,
    CheckDuplicate: true,
    Driver: "bridge",
    EnableIPv6: false,
    Internal: isInternal(wanted),
    IPAM: { Driver: "default", Config: [{ Subnet: wanted.subnet, Gateway: wanted.gateway }] },
    Options: { [bridgeNameOption]: wanted.bridge, [icc]: "false" },
    Labels: { "medforge.network": wanted.exposure },
  });
}

/** Another interface with addresses of our subnet would swallow the sessions' packets. */
async function refuseForeignInterfaces(wanted: SessionNetwork): Promise<boolean> {
  const interfaces = addressList.parse(JSON.parse(await runOk(["ip", "-json", "-4", "address", "show"])));
  let hasBridge = false;
  for (const { ifname, addr_info } of interfaces) {
    for (const { local, prefixlen } of addr_info) {
      if (!overlaps(`${local}/${prefixlen}`, wanted.subnet)) continue;
      if (ifname !== wanted.bridge) {
        throw new Error(
          `Interface ${ifname} (${local}/${prefixlen}) overlaps the session subnet ${wanted.subnet}: ` +
            `remove the interface or set MEDFORGE_${wanted.exposure.toUpperCase()}_SUBNET to a free subnet`,
        );
      }
      if (local === wanted.gateway && prefixlen === wanted.prefixLength) hasBridge = true;
    }
  }
  return hasBridge;
}

/**
 * Makes the session network where it is missing and checks that network, bridge and subnet are the ones the agent
 * makes. A differing network without containers is replaced.
 * @throws Error or AgentError with a sentence that says what is in the way.
 */
export async function ensureNetwork(engine: Docker, wanted: SessionNetwork): Promise<void> {
  const network = engine.getNetwork(wanted.name);
  const found = await orMissing(`Looking up network ${wanted.name}`, network.inspect());
  if (found === undefined) {
    await refuseForeignInterfaces(wanted);
    await engineCall(`Creating network ${wanted.name}`, create(engine, wanted));
  } else {
    const differs = difference(found, wanted);
    if (differs !== null) {
      if (Object.keys(found.Containers ?? {}).length > 0) {
        throw new Error(
          `Network ${wanted.name} is not as the agent makes it (${differs}) and has containers on it`,
        );
      }
      await engineCall(`Replacing network ${wanted.name}`, network.remove());
      await engineCall(`Creating network ${wanted.name}`, create(engine, wanted));
    }
  }
  if (!(await refuseForeignInterfaces(wanted))) {
    throw new Error(
      `Network ${wanted.name} exists, but bridge ${wanted.bridge} lacks ${wanted.gateway}: restart Docker`,
    );
  }
  await ensureBridgeFilter();
}

async function ensureBridgeFilter(): Promise<void> {
  const value = await readFile(bridgeFilterSwitch, "utf8").catch((cause) => {
    throw new Error(
      `${bridgeFilterSwitch} can't be read (${errorText(cause)}): load kernel module br_netfilter`,
    );
  });
  if (value.trim() !== "1") await writeFile(bridgeFilterSwitch, "1");
}
