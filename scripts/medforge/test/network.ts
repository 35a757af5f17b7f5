import { spawn } from "node:child_process";
import { cpSync, existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { basicChildEnv } from "@/lib/kernel/env";
import { processEnv, run } from "../exec";
import { ask } from "../http";
import { waitFor } from "../wait";

/** The world outside, as sessions see it: documentation addresses (RFC 5737), so nothing real is ever meant. */
export const internet = "203.0.113.1";
const here = "203.0.113.2";
/** The same responder answers here too, so that only our firewall can be why a session does not get through. */
const forbidden = ["10.99.0.1", "192.168.99.1", "169.254.169.254"];
export const responderPort = 80;
const responderStartMs = 20_000;

/** Makes the mounts that would otherwise be shared with the host's ZFS and Docker. */
async function privateMounts(): Promise<void> {
  await run(["mount", "-t", "tmpfs", "-o", "mode=0755", "tmpfs", "/run"]);
  mkdirSync("/run/lock", { mode: 0o1777 });
  if (!existsSync("/etc/zfs")) return;
  const kept = "/run/etc-zfs";
  cpSync("/etc/zfs", kept, { recursive: true });
  await run(["mount", "--bind", kept, "/etc/zfs"]);
}

async function startResponder(root: string): Promise<void> {
  const script = join(root, "scripts/medforge/test/responder.ts");
  const loader = ["--import", pathToFileURL(join(root, "node_modules/tsx/dist/loader.mjs")).href];
  const child = spawn(
    "ip",
    [
      ...["netns", "exec", "internet", process.execPath, ...loader, script],
      ...[String(responderPort), internet],
    ],
    {
      stdio: ["ignore", "ignore", "inherit"],
      env: processEnv(basicChildEnv()),
    },
  );
  child.unref();
  await waitFor("The stand-in for the internet", responderStartMs, async () => {
    try {
      const answer = await ask({ host: internet, port: responderPort, path: "/", timeoutMs: 1_000 });
      return answer.status === 200 ? null : `it answered ${answer.status}`;
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
  });
}

/** Loopback, and a peer on the far side of the default route that answers HTTP and DNS like the internet would. */
export async function prepareWorld(root: string): Promise<void> {
  await privateMounts();
  await run(["ip", "link", "set", "lo", "up"]);
  await run(["ip", "netns", "add", "internet"]);
  await run(["ip", "link", "add", "mf-out", "type", "veth", "peer", "name", "eth0", "netns", "internet"]);
  await run(["ip", "addr", "add", `${here}/24`, "dev", "mf-out"]);
  await run(["ip", "link", "set", "mf-out", "up"]);
  const inside = ["ip", "-n", "internet"];
  await run([...inside, "addr", "add", `${internet}/24`, "dev", "eth0"]);
  await run([...inside, "link", "set", "lo", "up"]);
  await run([...inside, "link", "set", "eth0", "up"]);
  for (const address of forbidden) await run([...inside, "addr", "add", `${address}/32`, "dev", "lo"]);
  await run(["ip", "route", "add", "default", "via", internet]);
  await startResponder(root);
}
