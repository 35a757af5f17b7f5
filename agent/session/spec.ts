import type Docker from "dockerode";
import type { VerbInput } from "@/lib/agent-protocol/verbs";
import { containerName, labelsFor, writeLabels } from "./labels";

const mib = 1024 ** 2;
/** Threads count, too: data loaders and maths libraries on many cores use thousands, a fork bomb wants more. */
const pidsLimit = 8192;
const gpuCapabilities = ["compute", "utility"];

/**
 * What sshd needs of root, found by trying: SETUID and SETGID to become the user, SYS_CHROOT for its privilege
 * separation, CHOWN to hand over the terminal, KILL for the init to end the user's processes at a stop.
 */
const capabilities = ["SETUID", "SETGID", "SYS_CHROOT", "CHOWN", "KILL"];

/** Everything about a session container that the caller's input does not decide. */
export interface HostSide {
  image: string;
  networkName: string;
  sshBind: string;
  /** Mount point of the dataset on the host. */
  workspacePath: string;
  /** The agent's folder for this session: keys, resolvers and sshd's configuration. */
  configPath: string;
}

/** Sizes follow the session's memory, which they count against. */
function tmpfs(memoryMiB: number): Record<string, string> {
  const temporary = Math.min(Math.floor(memoryMiB / 4), 16_384);
  return {
    "/run": "rw,nosuid,nodev,noexec,mode=755,size=16m",
    "/tmp": `rw,nosuid,nodev,exec,mode=1777,size=${temporary}m`,
    "/var/tmp": `rw,nosuid,nodev,exec,mode=1777,size=${temporary}m`,
  };
}

/** The container, entirely: a pure function, so that a test can hold it against the security stance. */
export function containerSpec(
  input: VerbInput<"session.start">,
  host: HostSide,
): Docker.ContainerCreateOptions {
  const memory = input.memoryMiB * mib;
  return {
    name: containerName(input.slug),
    Image: host.image,
    Hostname: input.slug,
    Labels: writeLabels(labelsFor(input)),
    // Set even though DeviceRequests sets it again: no value of an image's may ever reach the GPU hook.
    Env: [
      `NVIDIA_VISIBLE_DEVICES=${input.gpuUuid}`,
      `NVIDIA_DRIVER_CAPABILITIES=${gpuCapabilities.join(",")}`,
    ],
    ExposedPorts: { "22/tcp": {} },
    HostConfig: {
      NetworkMode: host.networkName,
      // Docker publishes nothing on an internal network: its sessions' ports are forwarded.
      ...(input.exposure === "internal"
        ? {}
        : { PortBindings: { "22/tcp": [{ HostIp: host.sshBind, HostPort: String(input.sshPort) }] } }),
      Mounts: [
        { Type: "bind", Source: host.workspacePath, Target: "/workspace" },
        { Type: "bind", Source: host.configPath, Target: "/etc/medforge", ReadOnly: true },
        // Else Docker writes its own resolver there, which tells of other sessions.
        {
          Type: "bind",
          Source: `${host.configPath}/resolv.conf`,
          Target: "/etc/resolv.conf",
          ReadOnly: true,
        },
      ],
      Tmpfs: tmpfs(input.memoryMiB),
      ReadonlyRootfs: true,
      CapDrop: ["ALL"],
      CapAdd: capabilities,
      SecurityOpt: ["no-new-privileges"],
      PidsLimit: pidsLimit,
      Memory: memory,
      MemorySwap: memory,
      NanoCpus: input.cpus * 1e9,
      ShmSize: Math.floor(memory / 2),
      IpcMode: "private",
      RestartPolicy: { Name: "no" },
      LogConfig: { Type: "json-file", Config: { "max-size": "1m", "max-file": "2" } },
      DeviceRequests: [
        { Driver: "nvidia", DeviceIDs: [input.gpuUuid], Capabilities: [["gpu", ...gpuCapabilities]] },
      ],
    },
  };
}
