import type Docker from "dockerode";
import { AgentError } from "@/lib/agent-protocol/verbs";
import { engineCall, orMissing } from "../docker";
import type { GpuCatalog } from "../gpus";
import { gpuLabel, portLabel } from "./labels";

/** States in which a container without our labels can use a GPU. One of ours holds its GPU until it is removed. */
const aliveStates = new Set(["created", "running", "paused", "restarting"]);

const nameOf = (container: Docker.ContainerInfo): string =>
  (container.Names[0] ?? container.Id).replace(/^\//, "");

/** Whether a container made by somebody else asked for this GPU: by request, or by the variable that the hook reads. */
export function requestsGpu(found: Docker.ContainerInspectInfo, uuid: string, index: number): boolean {
  const names = [uuid, String(index), "all"];
  const variable = (found.Config.Env ?? []).find((line) => line.startsWith("NVIDIA_VISIBLE_DEVICES="));
  const named = (variable ?? "=").slice((variable ?? "=").indexOf("=") + 1).split(",");
  const hookSees = found.HostConfig.Runtime === "nvidia" && named.some((name) => names.includes(name));
  const requests = found.HostConfig.DeviceRequests ?? [];
  const asks = requests.some((request) => {
    const isGpu = request.Driver === "nvidia" || (request.Capabilities ?? []).flat().includes("gpu");
    const ids = (request.DeviceIDs ?? []).map((id) => id.replace(/^nvidia\.com\/gpu=/, ""));
    const count = request.Count ?? 0;
    // A count means the first so many GPUs, -1 all of them.
    return (
      (isGpu || request.Driver === "cdi") &&
      (ids.some((id) => names.includes(id)) || count < 0 || index < count)
    );
  });
  return asks || hookSees;
}

async function holdsGpu(
  engine: Docker,
  container: Docker.ContainerInfo,
  uuid: string,
  index: number,
): Promise<boolean> {
  const label = container.Labels?.[gpuLabel];
  if (label !== undefined) return label === uuid;
  if (!aliveStates.has(container.State)) return false;
  const found = await orMissing("Looking up a container", engine.getContainer(container.Id).inspect());
  return found !== undefined && requestsGpu(found, uuid, index);
}

/** One of ours keeps its port until it is removed; of others the engine lists what is published now. */
function holdsPort(container: Docker.ContainerInfo, port: number): boolean {
  const label = container.Labels?.[portLabel];
  if (label !== undefined) return Number(label) === port;
  return (container.Ports ?? []).some((mapping) => mapping.PublicPort === port && mapping.Type === "tcp");
}

/** The holder may be another tenant's session: its name is for the log alone. */
function held(code: "gpu_busy" | "port_busy", what: string, holder: Docker.ContainerInfo): AgentError {
  const cause = new Error(`held by container ${nameOf(holder)} (${holder.State})`);
  return new AgentError(code, `${what} is held by another container on this host`, { cause });
}

/**
 * Refuses when any container in the engine, whoever made it, holds the GPU or the port.
 * @throws AgentError `gpu_busy`, `port_busy`, with the holder as its cause; `no_such_gpu`.
 */
export async function refuseHeld(
  engine: Docker,
  gpus: GpuCatalog,
  gpuUuid: string,
  sshPort: number,
): Promise<void> {
  const gpu = await gpus.find(gpuUuid);
  if (gpu === undefined) throw new AgentError("no_such_gpu", `This host has no GPU ${gpuUuid}`);
  const containers = await engineCall("Listing containers", engine.listContainers({ all: true }));
  const holding = await Promise.all(
    containers.map((container) => holdsGpu(engine, container, gpuUuid, gpu.index)),
  );
  const gpuHolder = containers[holding.indexOf(true)];
  if (gpuHolder !== undefined) {
    throw held("gpu_busy", `GPU ${gpuUuid}`, gpuHolder);
  }
  const portHolder = containers.find((container) => holdsPort(container, sshPort));
  if (portHolder !== undefined) {
    throw held("port_busy", `Port ${sshPort}`, portHolder);
  }
}
