import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { shortNameOf } from "../config";
import type { Context } from "../context";
import { engineInfo } from "../docker/engine";
import { systemPath } from "../exec";
import { programOf } from "../processes";
import { type Part, partEnv, rootUmask } from "./part";

/** Taking over many live containers, in ms. */
const startMs = 120_000;
const stopMs = 30_000;

/**
 * State that must not outlive a boot lies in /run. Named by the installation, so that two on one host never meet.
 */
export function engineRunDir(context: Context): string {
  return `/run/medforge-${shortNameOf(context.config)}/docker`;
}

export const enginePidFile = (context: Context): string => `${engineRunDir(context)}/docker.pid`;

/** A pid file that names no such program (any more) would keep the engine from starting. */
function dropStalePidFile(path: string, program: string): void {
  if (!existsSync(path)) return;
  if (programOf(Number(readFileSync(path, "utf8"))) !== program) rmSync(path);
}

/** This installation's own engine: remapped users, containers that outlive it, nothing shared with another engine. */
export function dockerPart(context: Context): Part {
  const { layout, config } = context;
  const namespace = `medforge-${shortNameOf(config)}`;
  const runDir = engineRunDir(context);
  const pidFile = enginePidFile(context);
  return {
    name: "docker",
    argv: [
      "dockerd",
      // Else the host's /etc/docker/daemon.json would count too.
      `--config-file=${layout.dockerConfig}`,
      `--data-root=${layout.dockerData}`,
      `--exec-root=${runDir}`,
      `--pidfile=${pidFile}`,
      `--host=unix://${layout.dockerSocket}`,
      "--group=root",
      `--containerd-namespace=${namespace}`,
      `--containerd-plugins-namespace=${namespace}-plugins`,
      "--userns-remap=default",
      "--live-restore",
      "--userland-proxy=false",
      "--bridge=none",
      "--log-level=warn",
      // With systemd each container gets a slice of its own anyway.
      ...(existsSync("/run/systemd/system") ? [] : [`--cgroup-parent=/${namespace}`]),
    ],
    // The stand-in's NVIDIA hook, where GPUs are simulated, is found by PATH; the folder is empty otherwise.
    env: partEnv({ PATH: `${layout.standIn}/bin:${systemPath}` }),
    cwd: "/",
    umask: rootUmask,
    async prepare() {
      mkdirSync(runDir, { recursive: true, mode: 0o711 });
      dropStalePidFile(pidFile, "dockerd");
      dropStalePidFile(`${runDir}/containerd/containerd.pid`, "containerd");
      writeFileSync(layout.dockerConfig, "{}\n", { mode: 0o600 });
    },
    async ready() {
      if (!existsSync(layout.dockerSocket)) return "its socket is not there yet";
      try {
        const engine = await engineInfo(layout.dockerSocket);
        return engine.remapped ? null : "it runs without user-namespace remap";
      } catch (error) {
        return error instanceof Error ? error.message : String(error);
      }
    },
    readyTimeoutMs: startMs,
    stopTimeoutMs: stopMs,
  };
}
