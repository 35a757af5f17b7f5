import { randomBytes } from "node:crypto";
import { chownSync, statSync } from "node:fs";
import { z } from "zod";
import { testEnv } from "@/e2e/support/env";
import { eventually } from "@/e2e/support/eventually";
import { containerName, docker, zfs } from "@/e2e/support/host";
import { outcome, output } from "@/e2e/support/run";
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
  /** Where the floor's datasets are mounted. */
  folder: string;
  /** Copy of the agent's folder for the session, owners and modes kept. */
  configFolder: string;
  workspaceOwner: { uid: number; gid: number };
  login: Login;
}

/** Takes down how the product runs a session, while one runs. */
export async function modelOf(slug: string, login: Login, folder: string): Promise<Model> {
  const found: unknown = JSON.parse(await docker("inspect", containerName(slug)));
  const container = z.tuple([inspected]).parse(found)[0];
  const { Mounts } = container.HostConfig;
  const sourceOf = (target: string) => Mounts.find((mount) => mount.Target === target)?.Source ?? "";
  const configFolder = `${folder}/config`;
  await output(["cp", "--archive", sourceOf("/etc/medforge"), configFolder]);
  const { uid, gid } = statSync(sourceOf("/workspace"));
  return { container, folder, configFolder, workspaceOwner: { uid, gid }, login };
}

const repeated = (flag: string, values: readonly string[]) => values.map((value) => `${flag}=${value}`);

/** The command line that a person would type to get the same container. */
function runArgv({ container, configFolder }: Model, name: string, workspace: string): string[] {
  const { Config, HostConfig: host } = container;
  const sources = new Map([
    ["/workspace", workspace],
    ["/etc/medforge", configFolder],
    ["/etc/resolv.conf", `${configFolder}/resolv.conf`],
  ]);
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

/** One launch without MedForge: a dataset, a container, a login. @returns ms until the login */
export async function rawLaunch(model: Model): Promise<number> {
  const name = `bench-floor-${randomBytes(4).toString("hex")}`;
  const dataset = `${testEnv().MEDFORGE_TEST_ZFS_PARENT}/${name}`;
  const started = performance.now();
  const workspace = `${model.folder}/${name}`;
  await zfs("create", "-o", `mountpoint=${workspace}`, dataset);
  chownSync(workspace, model.workspaceOwner.uid, model.workspaceOwner.gid);
  await docker(...runArgv(model, name, workspace));
  await loggedIn(model.login);
  const took = performance.now() - started;
  await docker("rm", "--force", name);
  // The kernel lets go of the container's mounts a moment after Docker has answered.
  await eventually(`${dataset} is destroyed`, destroyMs, async () =>
    (await outcome(["zfs", "destroy", dataset])).code === 0 ? true : undefined,
  );
  return took;
}
