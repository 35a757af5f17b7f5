import { mkdir, readFile } from "node:fs/promises";
import { AgentError } from "@/lib/agent-protocol/verbs";
import { errorText } from "@/lib/kernel/errors";
import { whileBusy } from "./busy";
import { CommandError, run, runOk } from "./run";
import { zfsMounting } from "./zfs";

/** A healthy file system answers at once; a dead FUSE daemon may never do. */
const aliveTimeoutMs = 5_000;

export interface Mount {
  point: string;
  source: string;
  options: readonly string[];
}

/** mountinfo writes blanks and backslashes as three octal digits. */
const unescapePath = (text: string): string =>
  text.replace(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 8)));

/** Parses the text of /proc/PID/mountinfo, in mount order: the last one on a mount point is the visible one. */
export function parseMountinfo(text: string): Mount[] {
  return text.split("\n").flatMap((line) => {
    const [own, source] = line.split(" - ");
    const [, , , , point, options] = (own ?? "").split(" ");
    if (point === undefined || options === undefined || source === undefined) return [];
    const device = source.split(" ")[1] ?? "";
    return { point: unescapePath(point), source: unescapePath(device), options: options.split(",") };
  });
}

/** What is mounted on `point` as process `pid` sees it; undefined when nothing is. */
export async function mountOn(point: string, pid: number | "self" = "self"): Promise<Mount | undefined> {
  const mounts = parseMountinfo(await readFile(`/proc/${pid}/mountinfo`, "utf8"));
  return mounts.findLast((mount) => mount.point === point);
}

/** Says why `mount` is not dataset `dataset` with set-uid programs and device nodes off; null when it is. */
export function mountFault(mount: Mount | undefined, dataset: string): string | null {
  if (mount === undefined) return "nothing is mounted there";
  if (mount.source !== dataset) return `${mount.source} is mounted there`;
  const missing = ["nosuid", "nodev"].filter((option) => !mount.options.includes(option));
  return missing.length > 0 ? `it is mounted without ${missing.join(" and ")}` : null;
}

/** How `stat` tells of a FUSE mount whose daemon is gone. */
const disconnected = /: Transport endpoint is not connected$/m;

/** A troubled one does not answer, or not as a file system does: it is still in use, and may be well again. */
type Health = "alive" | "dead" | "troubled";

async function healthOf(point: string): Promise<Health> {
  try {
    const argv = ["stat", "--file-system", "--", point] as const;
    const { code, stderr } = await run(argv, { timeoutMs: aliveTimeoutMs, env: { LC_ALL: "C" } });
    if (code === 0) return "alive";
    return disconnected.test(stderr) ? "dead" : "troubled";
  } catch (cause) {
    if (cause instanceof CommandError) return "troubled";
    throw cause;
  }
}

/**
 * Those of the mount points whose daemon is gone. One in other trouble may come back, so it is not among them; each is
 * looked at by itself, so that it hides no other.
 */
export async function deadMounts(points: readonly string[]): Promise<ReadonlySet<string>> {
  const health = await Promise.all(points.map(healthOf));
  return new Set(points.filter((_, index) => health[index] === "dead"));
}

/** Takes a mount away even when it is dead or in use; what uses it keeps it until it ends. */
const unmountLazily = (point: string): Promise<string> => runOk(["umount", "--lazy", "--", point]);

const unanswered = ({ source }: Mount): AgentError =>
  new AgentError("storage_unavailable", `${source} is mounted and does not answer`);

/**
 * Whether the mount can be used as it is.
 * @throws AgentError `storage_unavailable` while it is in trouble: taken away, it would come back as busy.
 */
async function isSound(mount: Mount, dataset: string): Promise<boolean> {
  if (mountFault(mount, dataset) !== null) return false;
  const health = await healthOf(mount.point);
  if (health === "troubled") throw unanswered(mount);
  return health === "alive";
}

/** @throws AgentError `workspace_not_mounted`, `storage_unavailable`. */
async function mountNow(dataset: string): Promise<void> {
  try {
    await whileBusy(() => zfsMounting("mount", "-o", "nosuid,nodev", dataset));
  } catch (cause) {
    if (cause instanceof AgentError && cause.code === "storage_unavailable") throw cause;
    const message = `Dataset ${dataset} can't be mounted: ${errorText(cause)}`;
    throw new AgentError("workspace_not_mounted", message, { cause });
  }
}

/**
 * Makes sure that `dataset` is mounted on `point` with nosuid and nodev. zfs-fuse ignores the properties setuid=off
 * and devices=off, and flags set by a later remount don't reach bind mounts: they must be given at mount time.
 * @throws AgentError `workspace_not_mounted`, `storage_unavailable`.
 */
export async function ensureMounted(dataset: string, point: string): Promise<void> {
  let mount = await mountOn(point);
  if (mount !== undefined && !(await isSound(mount, dataset))) {
    await unmountLazily(point);
    mount = undefined;
  }
  if (mount === undefined) {
    await mkdir(point, { recursive: true, mode: 0o711 });
    await mountNow(dataset);
    // What reads there next may be this process, whose reads have no time limit.
    const made = await mountOn(point);
    if (made !== undefined && (await healthOf(point)) !== "alive") throw unanswered(made);
  }
  await assertMounted(dataset, point);
}

/** @throws AgentError `workspace_not_mounted` unless exactly this dataset is mounted there, with nosuid and nodev. */
export async function assertMounted(
  dataset: string,
  point: string,
  pid: number | "self" = "self",
): Promise<void> {
  const fault = mountFault(await mountOn(point, pid), dataset);
  if (fault !== null) {
    throw new AgentError("workspace_not_mounted", `Dataset ${dataset} is not where it must be: ${fault}`);
  }
}

/**
 * Unmounts what is on `point`, if anything: lazily where its daemon is gone, since a dead FUSE mount can't be unmounted
 * otherwise.
 * @throws CommandError when it is alive and in use; AgentError `storage_unavailable` while it is in trouble.
 */
export async function unmount(point: string): Promise<void> {
  const mount = await mountOn(point);
  if (mount === undefined) return;
  const health = await healthOf(point);
  if (health === "troubled") throw unanswered(mount);
  if (health === "dead") await unmountLazily(point);
  else await runOk(["umount", "--", point]);
}
