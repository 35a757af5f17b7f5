import { z } from "zod";
import { nodeView } from "@/lib/fleet/model";
import { createdMonitorView } from "@/lib/usage/model";
import type { Api } from "./api";
import { change } from "./database";

/** @returns the token of a monitor of the lab's one host */
export async function newMonitor(boss: Api): Promise<string> {
  const [node] = await boss.call(z.array(nodeView), "GET", "admin/nodes");
  const body = { name: "collector", nodeId: node?.id };
  return (await boss.call(createdMonitorView, "POST", "admin/monitor-tokens", body)).token;
}

export async function endMonitors(): Promise<void> {
  await change("DELETE FROM monitor_tokens");
}
