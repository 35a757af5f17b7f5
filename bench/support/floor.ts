import { randomBytes } from "node:crypto";
import { chownSync, statSync } from "node:fs";
import Docker from "dockerode";
import { z } from "zod";
import { mountLock } from "@/agent/zfs";
import { testEnv } from "@/e2e/support/env";
import { eventually } from "@/e2e/support/eventually";
import { containerName, docker, zfs } from "@/e2e/support/host";
import { outcome, output } from "@/e2e/support/run";
import type { SessionView } from "@/lib/sessions/model";
import { type Login, loggedIn } from "./login";

const inspected = z.object({
  Config: z.object({ Image: z.string(), Env: z.array(z.string()), Hostname: z.string() }),
  HostConfig: z.object({
    NetworkMode: z.string(),
    PortBindings: z.record(z.string(), z.array(z.object({ HostIp: z.string(), HostPort: z.string() }))),
    Mounts: z.array(
      z.object({ Source: z.string(), Target: z.string(), ReadOnly: z.boolean().default(false) }),
    ),
    Tmpfs: z.record(z.string(), z.string()),
    ReadonlyRootfs: z.literal(true),
    CapDrop: z.array(z.string()),
    CapAdd: z.array(z.string()),
    SecurityOpt: z.array(z.string()),
    PidsLimit: z.number(),
    Memory: z.number(),
    MemorySwap: z.number(),
    NanoCpus: z.number(),
    ShmSize: z.number(),
    IpcMode: z.string(),
    RestartPolicy: z.object({ Name: z.string() }),
    LogConfig: z.object({ Type: z.string(), Config: z.record(z.string(), z.string()) }),
    DeviceRequests: z.array(
      z.object({
        Driver: z.string(),
        DeviceIDs: z.array(z.string()),
        Capabilities: z.array(z.array(z.string())),
      }),
    ),
  }),
});

const destroyMs = 20_000;

/** What the raw floor needs of a real session: its container's options and a copy of its keys. */
export interface Model {
  container: z.output<typeof inspected>;
  /** `name=value` of what the product sets on a workspace's dataset, but for its place. */
  properties: string[];
  /** Where the floor's datasets are mounted. */
  folder: string;
  /** Copy of the agent's folder for the session, owners and modes kept. */
  configFolder: string;
  workspaceOwner: { uid: number; gid: number };
  login: Login;
}

/** Takes down how the product runs a session, while one runs. */
export async function modelOf(session: SessionView, login: Login, folder: string): Promise<Model> {
  const found: unknown = JSON.parse(await docker("inspect", containerName(session.slug)));
  const container = z.tuple([inspected]).parse(found)[0];
  const { Mounts } = container.HostConfig;
  const sourceOf = (target: string) => Mounts.find((mount) => mount.Target === target)?.Source ?? "";
  const configFolder = `${folder}/config`;
  await output(["cp", "--archive", sourceOf("/etc/medforge"), configFolder]);
  const { uid, gid } = statSync(sourceOf("/workspace"));
  const properties = await propertiesOf(session.workspace.id);
  return { container, properties, folder, configFolder, workspaceOwner: { uid, gid }, login };
}

const placing = new Set(["mountpoint", "canmount"]);

async function propertiesOf(workspaceId: string): Promise<string[]> {
  const root = `${testEnv().MEDFORGE_TEST_ZFS_PARENT}/${workspaceId}`;
  const get = ["get", "-H", "-p", "-r", "-s", "local", "-o", "property,value", "all", root];
  const local = (await zfs(...get)).map((line) => line.split("\t"));
  // Names with a colon say whose the dataset is, which costs nothing.
  return local.flatMap(([name = "", value]) =>
    placing.has(name) || name.includes(":") ? [] : [`${name}=${value}`],
  );
}

const repeated = (flag: string, values: readonly string[]) => values.map((value) => `${flag}=${value}`);

function sourcesOf({ configFolder }: Model, workspace: string): Map<string, string> {
  return new Map([
    ["/workspace", workspace],
    ["/etc/medforge", configFolder],
    ["/etc/resolv.conf", `${configFolder}/resolv.conf`],
  ]);
}

/** The command line that a person would type to get the same container. */
function runArgv(model: Model, name: string, workspace: string): string[] {
  const { Config, HostConfig: host } = model.container;
  const sources = sourcesOf(model, workspace);
  return [
    ...[
      "run",
      "--detach",
      `--name=${name}`,
      `--hostname=${Config.Hostname}`,
      `--network=${host.NetworkMode}`,
    ],
    ...repeated("--env", Config.Env),
    ...Object.entries(host.PortBindings).flatMap(([inside, outside]) =>
      outside.map(({ HostIp, HostPort }) => `--publish=${HostIp || "0.0.0.0"}:${HostPort}:${inside}`),
    ),
    ...host.Mounts.map(
      ({ Target, ReadOnly }) =>
        `--mount=type=bind,source=${sources.get(Target)},target=${Target}${ReadOnly ? ",readonly" : ""}`,
    ),
    ...Object.entries(host.Tmpfs).map(([target, options]) => `--tmpfs=${target}:${options}`),
    "--read-only",
    ...repeated("--cap-drop", host.CapDrop),
    ...repeated("--cap-add", host.CapAdd),
    ...repeated("--security-opt", host.SecurityOpt),
    ...[`--pids-limit=${host.PidsLimit}`, `--memory=${host.Memory}`, `--memory-swap=${host.MemorySwap}`],
    ...[`--cpus=${host.NanoCpus / 1e9}`, `--shm-size=${host.ShmSize}`, `--ipc=${host.IpcMode}`],
    ...[`--restart=${host.RestartPolicy.Name}`, `--log-driver=${host.LogConfig.Type}`],
    ...Object.entries(host.LogConfig.Config).map(([key, value]) => `--log-opt=${key}=${value}`),
    ...host.DeviceRequests.map(
      ({ Driver, DeviceIDs, Capabilities }) =>
        `--gpus="driver=${Driver}","device=${DeviceIDs.join(",")}","capabilities=${Capabilities.flat().join(",")}"`,
    ),
    Config.Image,
  ];
}

/** How the floor asks the engine for its container. */
export type Start = (model: Model, name: string, workspace: string) => Promise<void>;

/** As a person would: the docker program, with its own start-up. */
export const byCommand: Start = async (model, name, workspace) => {
  await docker(...runArgv(model, name, workspace));
};

/** As a program would: two calls of the engine's API, the least that there is. */
export const byApi: Start = async (model, name, workspace) => {
  const { Config, HostConfig } = model.container;
  const sources = sourcesOf(model, workspace);
  const mounts = HostConfig.Mounts.map(({ Target, ReadOnly }) => {
    return { Type: "bind" as const, Source: sources.get(Target) ?? "", Target, ReadOnly };
  });
  const engine = new Docker({ socketPath: testEnv().MEDFORGE_TEST_DOCKER_SOCKET });
  const made = await engine.createContainer({
    name,
    ...Config,
    ExposedPorts: Object.fromEntries(Object.keys(HostConfig.PortBindings).map((port) => [port, {}])),
    HostConfig: { ...HostConfig, Mounts: mounts },
  });
  await made.start();
};

/** A launch that was timed and still stands: what is at once is taken down only once all of it has been timed. */
export interface Timed<T> {
  took: T;
  remove(): Promise<void>;
}

/** One launch without MedForge: a dataset, a container, a login. @returns ms until the login */
export async function rawLaunch(model: Model, start: Start): Promise<Timed<number>> {
  const name = `bench-floor-${randomBytes(4).toString("hex")}`;
  const dataset = `${testEnv().MEDFORGE_TEST_ZFS_PARENT}/${name}`;
  const remove = () => removeFloor(name, dataset);
  const started = performance.now();
  const workspace = `${model.folder}/${name}`;
  try {
    const properties = [`mountpoint=${workspace}`, ...model.properties];
    const options = properties.flatMap((property) => ["-o", property]);
    // One at a time, as MedForge must: zfs-fuse does not survive two mounts at once.
    await output(["flock", mountLock, "zfs", "create", ...options, dataset]);
    chownSync(workspace, model.workspaceOwner.uid, model.workspaceOwner.gid);
    await start(model, name, workspace);
    await loggedIn(model.login);
  } catch (error) {
    await remove();
    throw error;
  }
  return { took: performance.now() - started, remove };
}

async function removeFloor(name: string, dataset: string): Promise<void> {
  await docker("rm", "--force", name);
  if ((await outcome(["zfs", "list", dataset])).code !== 0) return;
  // The kernel lets go of the container's mounts a moment after Docker has answered.
  await eventually(`${dataset} is destroyed`, destroyMs, async () =>
    (await outcome(["zfs", "destroy", dataset])).code === 0 ? true : undefined,
  );
}
