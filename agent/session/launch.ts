import type Docker from "dockerode";
import { AgentError, type VerbInput } from "@/lib/agent-protocol/verbs";
import { required } from "@/lib/kernel/assert";
import { errorText } from "@/lib/kernel/errors";
import { allDone } from "../all-done";
import type { AgentContext } from "../context";
import { engineCall, engineError, engineInstant, type Remap } from "../docker";
import { assertMounted, ensureMounted } from "../mounts";
import { imageOfPack } from "../packs";
import { unroutableResolver } from "../resolvers";
import { removeContainer } from "./container";
import { refuseHeld } from "./holders";
import { containerName } from "./labels";
import { closeRoutes, networkOf, quickenAcks } from "./netns";
import { diskNotice } from "./notice";
import { containerSpec } from "./spec";

type StartInput = VerbInput<"session.start">;

/**
 * First half of a start: container, network, port and GPU, with nothing of a user in it yet. Allocation is one at a
 * time, so that two starts can't both find a GPU free.
 * @throws AgentError `gpu_busy`, `port_busy`, `no_such_gpu`, `no_such_pack`.
 */
async function prepare(context: AgentContext, input: StartInput): Promise<Docker.Container> {
  const { engine, env, guard, workspaces, configs, forwards } = context;
  const image = imageOfPack(input.pack);
  return context.queue.run("allocate", async () => {
    await refuseHeld(engine, context.gpus, input.gpuUuid, input.sshPort);
    if (input.exposure === "internal") await forwards.refuseBusy(input.sshPort);
    const spec = containerSpec(input, {
      image,
      networkName: guard.networks[input.exposure].name,
      sshBind: env.MEDFORGE_SSH_BIND,
      workspacePath: workspaces.mountPoint(input.workspaceId, input.datasetGeneration),
      configPath: configs.path(input.slug),
    });
    return engineCall(`Creating container ${containerName(input.slug)}`, engine.createContainer(spec));
  });
}

/**
 * Second half: the workspace's part. The recorded dataset is in its place and mounted safely, the host key is the
 * workspace's, and whoever logs in is told when little disk is left.
 * @throws AgentError `workspace_not_mounted`, `no_such_workspace`, `identity_mismatch`.
 */
async function assign(context: AgentContext, input: StartInput, remap: Remap): Promise<void> {
  const { workspaces, configs, hostKeys } = context;
  const { slug, gpuUuid, workspaceId, datasetGeneration } = input;
  const notice = diskNotice(await workspaces.usage(input));
  await ensureMounted(datasetOf(context, input), workspaces.mountPoint(workspaceId, datasetGeneration));
  await configs.writeSshd(slug, gpuUuid, await hostKeys.read(workspaceId), remap);
  if (notice !== "") await configs.writeNotice(slug, notice, remap);
}

const datasetOf = (context: AgentContext, input: StartInput): string =>
  context.workspaces.dataset(input.workspaceId, input.datasetGeneration);

/** The engine's words for a port that a program outside the engine, or one that just came, listens on. */
const portTaken = /address already in use|port is already allocated/i;
const noGpuDriver = /could not select device driver/i;

function startError(input: StartInput, cause: unknown): AgentError {
  const said = errorText(cause);
  if (portTaken.test(said)) {
    return new AgentError("port_busy", `Port ${input.sshPort} is taken by another program on this host`, {
      cause,
    });
  }
  if (noGpuDriver.test(said)) {
    const cure = "install the NVIDIA container toolkit and restart the engine";
    return new AgentError("failed", `The Docker engine knows no NVIDIA driver: ${cure}`, { cause });
  }
  return engineError(`Starting container ${containerName(input.slug)}`, cause);
}

/**
 * Lets the session's user into a running container, once what it has on /workspace is the dataset and not a folder, and
 * its network tells of nobody else. Repeating it is harmless: an agent that was killed within it is asked again.
 * @returns when the container started, ISO 8601.
 */
export async function open(
  context: AgentContext,
  input: StartInput,
  details: Docker.ContainerInspectInfo,
  remap: Remap,
): Promise<string> {
  const { State, NetworkSettings } = details;
  const network = context.guard.networks[input.exposure];
  const address = required(
    NetworkSettings.Networks[network.name]?.IPAddress,
    "address of a running container",
  );
  await allDone([
    assertMounted(datasetOf(context, input), "/workspace", State.Pid),
    closeRoutes(networkOf(details), input.exposure),
    quickenAcks(context, networkOf(details), network, address),
    input.exposure === "internal"
      ? context.forwards.ensure(input.slug, input.sshPort, address)
      : context.forwards.remove(input.slug),
  ]);
  await context.configs.writeKeys(input.slug, input.authorizedKeys, remap);
  return required(engineInstant(State.StartedAt), "start time of a running container");
}

/** Starts the prepared container. */
async function activate(
  input: StartInput,
  container: Docker.Container,
): Promise<Docker.ContainerInspectInfo> {
  try {
    await container.start();
  } catch (cause) {
    throw startError(input, cause);
  }
  const details = await engineCall("Looking up the started container", container.inspect());
  if (details.State.Running) return details;
  throw new AgentError(
    "failed",
    `Container ${containerName(input.slug)} exited at once with code ${details.State.ExitCode}`,
  );
}

/** What failed is what the caller must hear, even when clearing up fails as well: the session's stop does it again. */
async function discard(context: AgentContext, slug: string, container?: Docker.Container): Promise<void> {
  try {
    if (container !== undefined) await removeContainer(context, container.id);
    await context.forwards.remove(slug);
    await context.configs.remove(slug);
  } catch (cause) {
    context.log.error({ err: cause, slug }, "what a failed start made is still there");
  }
}

/**
 * Prepares, assigns, starts and opens. Whatever fails, no container and no keys are left behind.
 * @returns when the container started, ISO 8601.
 */
export async function launch(context: AgentContext, input: StartInput, remap: Remap): Promise<string> {
  const { configs, guard } = context;
  let container: Docker.Container | undefined;
  try {
    const resolvers = input.exposure === "internal" ? [unroutableResolver] : guard.resolvers;
    await configs.make(input.slug, resolvers, remap);
    // Beside each other, since a launch waits for both: what is mounted counts only once the container starts.
    await allDone([
      assign(context, input, remap),
      prepare(context, input).then((made) => {
        container = made;
      }),
    ]);
    const details = await activate(input, required(container, "the prepared container"));
    return await open(context, input, details, remap);
  } catch (cause) {
    await discard(context, input.slug, container);
    throw cause;
  }
}
