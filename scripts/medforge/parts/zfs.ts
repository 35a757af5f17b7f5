import type { Context } from "../context";
import { run, tryRun } from "../exec";
import { mountsBelow } from "../mounts";
import { ensurePool } from "../zfs/pool";
import { type Part, partEnv, rootUmask } from "./part";

/** zfs-fuse opens its control socket within a second; a loaded host takes longer, in ms. */
const startMs = 30_000;
/** Writing out its cache, in ms. */
const stopMs = 60_000;

/** ZFS in user space, for hosts whose kernel has no ZFS: serves the pool in the data folder. */
export function zfsPart(context: Context): Part {
  const { layout } = context;
  return {
    name: "zfs",
    argv: ["zfs-fuse", "--no-daemon"],
    env: partEnv({}),
    cwd: "/",
    umask: rootUmask,
    async prepare() {
      // A killed zfs-fuse leaves mounts that answer "Transport endpoint is not connected".
      for (const point of mountsBelow(layout.mounts)) await run(["umount", "--lazy", point]);
    },
    async ready() {
      const answer = await tryRun(["zpool", "list", "-H"]);
      return answer.ok ? null : answer.stderr;
    },
    readyTimeoutMs: startMs,
    async settle() {
      await ensurePool(context);
    },
    stopTimeoutMs: stopMs,
  };
}
