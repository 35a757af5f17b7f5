import { randomBytes } from "node:crypto";
import { chmod, chown, readdir, rmdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { AgentError, type VerbResult } from "@/lib/agent-protocol/verbs";
import { unlessMissing } from "@/lib/kernel/missing";
import { whileBusy } from "./busy";
import type { Remap } from "./docker";
import { imageInputs } from "./image/inputs";
import { type Generation, type PruneStep, pruneSteps } from "./lineage";
import { ensureMounted, unmount } from "./mounts";
import { getProperties, numberOf, type Properties, zfs, zfsMounting } from "./zfs";

const installationProperty = "medforge:installation";
const identityProperty = "medforge:identity";
const snapshotProperties = ["creation", "used", "referenced"];
const bytesPerGb = 1024 ** 3;

export type SnapshotInfo = VerbResult<"workspace.snapshot">;

export interface WorkspaceRef {
  installationId: string;
  workspaceId: string;
}

interface EnsureRef extends WorkspaceRef {
  quotaGb: number;
  spaceGb?: number | undefined;
  identity: string | null;
}

/** The dataset that holds all generations. */
interface Root {
  identity: string;
  /** What may be held below it; 0: no bound. */
  spaceBytes: number;
  usedBytes: number;
  /** Of that, what the generations and their snapshots hold. */
  childrenBytes: number;
}

/** What one generation's files hold and may hold. */
interface Files {
  usedBytes: number;
  quotaBytes: number;
}

const readProperties = [
  installationProperty,
  identityProperty,
  ...["quota", "used", "usedbychildren", "referenced", "refquota"],
];

const toRoot = (properties: Properties): Root => ({
  identity: properties.get(identityProperty) ?? "",
  spaceBytes: numberOf(properties, "quota"),
  usedBytes: numberOf(properties, "used"),
  childrenBytes: numberOf(properties, "usedbychildren"),
});

const toFiles = (properties: Properties): Files => ({
  usedBytes: numberOf(properties, "referenced"),
  quotaBytes: numberOf(properties, "refquota"),
});

function toSnapshotInfo(snapshotId: string, datasetGeneration: number, properties: Properties): SnapshotInfo {
  return {
    snapshotId,
    datasetGeneration,
    createdAt: new Date(numberOf(properties, "creation") * 1000).toISOString(),
    usedBytes: numberOf(properties, "used"),
    referencedBytes: numberOf(properties, "referenced"),
  };
}

/**
 * Where workspaces live: dataset `<parent>/<workspace>` carries identity and installation and is never mounted;
 * `<parent>/<workspace>/g<N>` holds the data of generation N, mounted below the agent's state folder. Paths inside a
 * dataset belong to its user and are never opened.
 */
export class Workspaces {
  constructor(
    readonly parent: string,
    readonly stateDir: string,
  ) {}

  root(workspaceId: string): string {
    return `${this.parent}/${workspaceId}`;
  }

  dataset(workspaceId: string, datasetGeneration: number): string {
    return `${this.root(workspaceId)}/g${datasetGeneration}`;
  }

  mountPoint(workspaceId: string, datasetGeneration: number): string {
    return join(this.#mountFolder(workspaceId), `g${datasetGeneration}`);
  }

  #mountFolder(workspaceId: string): string {
    return join(this.stateDir, "mounts", workspaceId);
  }

  /** Makes the parent dataset where it is missing; its pool must exist. */
  async ensureParent(): Promise<void> {
    const found = await getProperties(this.parent, ["type"]);
    if (found.size === 0)
      await zfs("create", "-p", "-o", "canmount=off", "-o", "mountpoint=none", this.parent);
  }

  /**
   * What the workspace's root says, and one generation where one is named: in one command, since a launch waits for it.
   * Either is undefined when it does not exist.
   * @throws AgentError `identity_mismatch` for a stranger's; `storage_unavailable` while the pool is not imported, when
   * no workspace can be said to be missing.
   */
  async #read(ref: WorkspaceRef, datasetGeneration?: number): Promise<{ root?: Root; files?: Files }> {
    const root = this.root(ref.workspaceId);
    const dataset = datasetGeneration === undefined ? [] : [this.dataset(ref.workspaceId, datasetGeneration)];
    const found = await getProperties([this.parent, root, ...dataset], readProperties);
    if (!found.has(this.parent)) {
      throw new AgentError("storage_unavailable", `${this.parent} does not exist: its pool is not imported`);
    }
    const properties = found.get(root);
    if (properties === undefined) return {};
    if (properties.get(installationProperty) !== ref.installationId) {
      throw new AgentError("identity_mismatch", `Dataset ${root} belongs to another installation`);
    }
    const [files] = dataset.flatMap((name) => found.get(name) ?? []);
    return { root: toRoot(properties), ...(files === undefined ? {} : { files: toFiles(files) }) };
  }

  /** @throws AgentError `no_such_workspace` or `identity_mismatch` unless the dataset is the recorded one. */
  async requireIdentity(ref: WorkspaceRef & { identity: string }): Promise<void> {
    const { root } = await this.#read(ref);
    this.#assertIdentity(ref.workspaceId, root, ref.identity);
  }

  #assertIdentity(workspaceId: string, root: Root | undefined, identity: string): void {
    if (root === undefined) throw this.#missing(workspaceId);
    if (root.identity === identity) return;
    throw new AgentError(
      "identity_mismatch",
      `Dataset ${this.root(workspaceId)} is not the recorded workspace`,
    );
  }

  /**
   * Bounds what all generations and snapshots may hold. ZFS refuses a bound below what is used already: then the one
   * there is stays, or a workspace that never had one gets a last quota's worth, so that its session still starts.
   */
  async #bound({ workspaceId, spaceGb, quotaGb }: EnsureRef, root: Root): Promise<void> {
    if (spaceGb === undefined) return;
    const wanted = spaceGb * bytesPerGb;
    const kept = root.spaceBytes === 0 ? root.usedBytes + quotaGb * bytesPerGb : root.spaceBytes;
    const bound = root.usedBytes < wanted ? wanted : kept;
    if (bound !== root.spaceBytes) await zfs("set", `quota=${bound}`, this.root(workspaceId));
  }

  /** The recorded identity. @throws AgentError `no_such_workspace` or `identity_mismatch`. */
  async identityOf(ref: WorkspaceRef): Promise<string> {
    return (await this.#requireRoot(ref)).identity;
  }

  async #requireRoot(ref: WorkspaceRef): Promise<Root> {
    const { root } = await this.#read(ref);
    if (root === undefined) throw this.#missing(ref.workspaceId);
    return root;
  }

  #missing(workspaceId: string): AgentError {
    return new AgentError(
      "no_such_workspace",
      `Dataset ${this.root(workspaceId)} does not exist: is the pool that held it imported?`,
    );
  }

  /**
   * Identity of the workspace, made with its dataset on first use. A workspace that had an identity is never made
   * anew: an empty folder in place of somebody's work would hide the loss.
   */
  async #ensureRoot(ref: EnsureRef, found: Root | undefined): Promise<string> {
    if (ref.identity !== null) this.#assertIdentity(ref.workspaceId, found, ref.identity);
    if (found !== undefined) {
      await this.#bound(ref, found);
      return found.identity;
    }
    const identity = randomBytes(16).toString("hex");
    const properties = {
      canmount: "off",
      mountpoint: "none",
      setuid: "off",
      devices: "off",
      ...(ref.spaceGb === undefined ? {} : { quota: String(ref.spaceGb * bytesPerGb) }),
      [installationProperty]: ref.installationId,
      [identityProperty]: identity,
    };
    const options = Object.entries(properties).flatMap(([name, value]) => ["-o", `${name}=${value}`]);
    await zfs("create", ...options, this.root(ref.workspaceId));
    return identity;
  }

  /**
   * Makes what is missing, sets the quotas, mounts, and gives the root folder to the session's user.
   * @returns the identity.
   */
  async ensure(ref: EnsureRef & { datasetGeneration: number }, remap: Remap): Promise<string> {
    const { workspaceId, datasetGeneration } = ref;
    const { root, files } = await this.#read(ref, datasetGeneration);
    const identity = await this.#ensureRoot(ref, root);
    const dataset = this.dataset(workspaceId, datasetGeneration);
    const point = this.mountPoint(workspaceId, datasetGeneration);
    const quota = ref.quotaGb * bytesPerGb;
    if (files === undefined) {
      if (ref.identity !== null || datasetGeneration !== 1) {
        throw new AgentError("no_such_workspace", `Dataset ${dataset} does not exist`);
      }
      await zfs("create", ...this.#datasetOptions(point, quota), dataset);
    } else if (files.quotaBytes !== quota) {
      await zfs("set", `refquota=${quota}`, dataset);
    }
    await ensureMounted(dataset, point);
    await giveToUser(point, remap);
    return identity;
  }

  #datasetOptions(point: string, quota: number): string[] {
    return ["-o", "canmount=noauto", "-o", `mountpoint=${point}`, "-o", `refquota=${quota}`];
  }

  /** Takes a snapshot, or finds it taken. */
  async snapshot(
    ref: WorkspaceRef & { identity: string; datasetGeneration: number },
    snapshotId: string,
  ): Promise<SnapshotInfo> {
    await this.requireIdentity(ref);
    const name = `${this.dataset(ref.workspaceId, ref.datasetGeneration)}@${snapshotId}`;
    const read = async () => (await getProperties(name, snapshotProperties)).get(name);
    let properties = await read();
    if (properties === undefined) {
      await zfs("snapshot", name);
      properties = await read();
    }
    if (properties === undefined)
      throw new AgentError("failed", `Snapshot ${name} was taken and is not there`);
    return toSnapshotInfo(snapshotId, ref.datasetGeneration, properties);
  }

  /** Every snapshot of every generation. */
  async list(ref: WorkspaceRef): Promise<SnapshotInfo[]> {
    await this.identityOf(ref);
    const root = this.root(ref.workspaceId);
    const all = await getProperties(root, snapshotProperties, true);
    const snapshots: SnapshotInfo[] = [];
    for (const [name, properties] of all) {
      const [, generation, snapshotId] = /\/g(\d+)@(snp_[a-z2-7]{16})$/.exec(name.slice(root.length)) ?? [];
      if (snapshotId !== undefined)
        snapshots.push(toSnapshotInfo(snapshotId, Number(generation), properties));
    }
    return snapshots;
  }

  /** Clones a snapshot, whichever generation holds it, into a new generation, or finds it cloned. */
  async restore(
    ref: WorkspaceRef & { identity: string },
    snapshotId: string,
    to: { generation: number; quotaGb: number },
  ): Promise<void> {
    await this.requireIdentity(ref);
    const generations = await this.#generations(ref.workspaceId);
    const existing = generations.find(({ number }) => number === to.generation);
    if (existing !== undefined) {
      if (existing.origin?.endsWith(`@${snapshotId}`)) return;
      throw new AgentError(
        "failed",
        `Generation ${to.generation} of ${ref.workspaceId} exists from another origin`,
      );
    }
    const from = generations.find(({ snapshots }) => snapshots.includes(snapshotId));
    if (from === undefined) {
      throw new AgentError("no_such_snapshot", `Snapshot ${snapshotId} of ${ref.workspaceId} does not exist`);
    }
    const point = this.mountPoint(ref.workspaceId, to.generation);
    const options = this.#datasetOptions(point, to.quotaGb * bytesPerGb);
    const clone = this.dataset(ref.workspaceId, to.generation);
    await zfsMounting("clone", ...options, `${from.dataset}@${snapshotId}`, clone);
    // zfs-fuse mounts it all the same, and without nosuid and nodev.
    await unmount(point);
  }

  /** All generations with their snapshots. */
  async #generations(workspaceId: string): Promise<Generation[]> {
    const root = this.root(workspaceId);
    const found = new Map<string, { origin: string | null; snapshots: string[] }>();
    // ZFS lists a dataset before its snapshots, and those by the transaction that made them.
    for (const [name, properties] of await getProperties(root, ["origin"], true)) {
      const [dataset = "", snapshot] = name.split("@");
      if (snapshot !== undefined) found.get(dataset)?.snapshots.push(snapshot);
      else {
        const origin = properties.get("origin") ?? "-";
        found.set(dataset, { origin: origin === "-" ? null : origin, snapshots: [] });
      }
    }
    return [...found].flatMap(([dataset, rest]) => {
      const [, number] = /^\/g(\d+)$/.exec(dataset.slice(root.length)) ?? [];
      return number === undefined ? [] : { number: Number(number), dataset, ...rest };
    });
  }

  /**
   * What a generation and the workspace as a whole hold.
   * @throws AgentError `no_such_workspace`; `identity_mismatch` unless it is the recorded one, where one is given.
   */
  async usage(
    ref: WorkspaceRef & { datasetGeneration: number; identity?: string },
  ): Promise<VerbResult<"workspace.usage">> {
    const { root, files } = await this.#read(ref, ref.datasetGeneration);
    if (root === undefined) throw this.#missing(ref.workspaceId);
    if (ref.identity !== undefined) this.#assertIdentity(ref.workspaceId, root, ref.identity);
    const dataset = this.dataset(ref.workspaceId, ref.datasetGeneration);
    if (files === undefined) throw new AgentError("no_such_workspace", `Dataset ${dataset} does not exist`);
    return {
      ...files,
      // What a restored generation shares with the one it came from is counted there, so no sum of parts would do.
      snapshotBytes: Math.max(0, root.childrenBytes - files.usedBytes),
      totalBytes: root.usedBytes,
      spaceBytes: root.spaceBytes === 0 ? null : root.spaceBytes,
    };
  }

  /**
   * Destroys snapshots, and what generations before `current` hold that no snapshot shows: otherwise the state before a
   * restore would take its share of the space for good. A snapshot that two lines go on from stays.
   * @returns the ids that are gone.
   */
  async prune(
    ref: WorkspaceRef & { identity: string },
    current: number,
    snapshotIds: readonly string[],
  ): Promise<string[]> {
    await this.requireIdentity(ref);
    const doomed = new Set(snapshotIds);
    for (;;) {
      const generations = await this.#generations(ref.workspaceId);
      const steps = pruneSteps(generations, current, doomed);
      for (const step of steps) await this.#take(ref.workspaceId, step);
      if (steps.length > 0) continue;
      const old = generations.filter(({ number }) => number < current);
      for (const generation of old) await this.#emptyHead(ref.workspaceId, generation);
      const left = new Set(generations.flatMap(({ snapshots }) => snapshots));
      return snapshotIds.filter((id) => !left.has(id));
    }
  }

  async #take(workspaceId: string, step: PruneStep): Promise<void> {
    switch (step.act) {
      case "destroySnapshot":
        await zfs("destroy", step.name);
        return;
      case "promote":
        await zfs("promote", step.generation.dataset);
        return;
      case "destroyGeneration": {
        const point = this.mountPoint(workspaceId, step.generation.number);
        await whileBusy(async () => {
          await unmount(point);
          // Never with -r: what came into it meanwhile is to be kept.
          await zfs("destroy", step.generation.dataset);
        });
        await removeMountPoint(point);
      }
    }
  }

  /** What an old generation's head holds beyond its newest snapshot was in one that is gone: nobody can reach it. */
  async #emptyHead(workspaceId: string, { number, dataset, snapshots }: Generation): Promise<void> {
    await whileBusy(async () => {
      await unmount(this.mountPoint(workspaceId, number));
      await zfs("rollback", `${dataset}@${snapshots.at(-1)}`);
    });
  }

  /** Destroys the data; a busy file system is tried again for some seconds. The caller checked for containers. */
  async destroy(ref: WorkspaceRef & { identity: string | null }): Promise<void> {
    const { root } = await this.#read(ref);
    if (root !== undefined) {
      if (ref.identity !== null) this.#assertIdentity(ref.workspaceId, root, ref.identity);
      const folder = this.#mountFolder(ref.workspaceId);
      await whileBusy(async () => {
        for (const name of await this.#mountPoints(folder)) await unmount(join(folder, name));
        await zfs("destroy", "-R", this.root(ref.workspaceId));
      });
    }
    await this.#removeMountPoints(ref.workspaceId);
  }

  /** None where the workspace was never mounted on this host. */
  async #mountPoints(folder: string): Promise<string[]> {
    return (await unlessMissing(readdir(folder))) ?? [];
  }

  /** Removes empty mount points; never recursively where a dataset could still be mounted. */
  async #removeMountPoints(workspaceId: string): Promise<void> {
    const folder = this.#mountFolder(workspaceId);
    for (const name of await this.#mountPoints(folder)) await removeMountPoint(join(folder, name));
    await removeMountPoint(folder);
  }
}

async function removeMountPoint(folder: string): Promise<void> {
  await rmdir(folder).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code !== "ENOENT") throw cause;
  });
}

/** Container root can't chown on zfs-fuse, so the agent does, from outside and for the root folder alone. */
async function giveToUser(point: string, remap: Remap): Promise<void> {
  const uid = remap.uid + imageInputs.user.uid;
  const gid = remap.gid + imageInputs.user.uid;
  const now = await stat(point);
  if (now.uid === uid && now.gid === gid) return;
  await chown(point, uid, gid);
  await chmod(point, 0o700);
}
