import { chmodSync, chownSync, existsSync, lstatSync, mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Step } from "../context";
import { SetupError } from "../errors";
import { type Layout, maxDirLength } from "../layout";
import { type Account, accountOf } from "../users";

const root: Account = { uid: 0, gid: 0 };

interface Folder {
  path: string;
  owner: Account;
  mode: number;
}

/**
 * Who may enter what. 0711 where the remapped root of a container must pass through on the way to its own mounts,
 * 0755 where unprivileged parts read.
 */
function foldersOf(layout: Layout): Folder[] {
  const db = accountOf("medforge-db");
  const worker = accountOf("medforge-worker");
  const web = accountOf("medforge-web");
  const scorer = accountOf("medforge-scorer");
  const forScorer = { uid: web.uid, gid: scorer.gid };
  const inStore = (name: string) => join(layout.competitions, name);
  return [
    { path: layout.dir, owner: root, mode: 0o755 },
    { path: layout.log, owner: root, mode: 0o750 },
    { path: layout.run, owner: root, mode: 0o711 },
    { path: layout.pids, owner: root, mode: 0o700 },
    { path: layout.agentSocketDir, owner: { uid: 0, gid: worker.gid }, mode: 0o750 },
    // Web and worker carry this group for the database's socket; the data itself is the server's alone.
    { path: layout.databaseSocketDir, owner: db, mode: 0o750 },
    // Servers in different namespaces may have one process number, by which they name what they put into a shared /tmp.
    { path: layout.databaseTemporary, owner: db, mode: 0o700 },
    { path: layout.dockerDir, owner: root, mode: 0o700 },
    // What the scorer makes there, its socket, gets the worker's group.
    { path: layout.scorerSocketDir, owner: { uid: 0, gid: worker.gid }, mode: 0o2750 },
    { path: layout.competitions, owner: root, mode: 0o711 },
    // The scorer can't enter, but what becomes a submission there has its group already.
    { path: inStore("uploads"), owner: forScorer, mode: 0o2700 },
    { path: inStore("imports"), owner: web, mode: 0o700 },
    { path: inStore("datasets"), owner: web, mode: 0o700 },
    { path: inStore("pictures"), owner: web, mode: 0o700 },
    // What web puts there gets the scorer's group.
    { path: inStore("submissions"), owner: forScorer, mode: 0o2750 },
    { path: inStore("evaluations"), owner: forScorer, mode: 0o2750 },
    { path: layout.pool, owner: root, mode: 0o700 },
    { path: layout.agentState, owner: root, mode: 0o711 },
    { path: layout.standIn, owner: root, mode: 0o755 },
    { path: layout.caddy, owner: accountOf("medforge-caddy"), mode: 0o700 },
    { path: layout.tls, owner: { uid: 0, gid: accountOf("medforge-caddy").gid }, mode: 0o750 },
    { path: layout.releases, owner: root, mode: 0o755 },
    { path: layout.runtime, owner: root, mode: 0o755 },
    { path: layout.cache, owner: root, mode: 0o700 },
  ];
}

const stickyBit = 0o1000;

/** Why somebody else than root could change what is at this very place, or null. */
function ownWeakness(at: string): string | null {
  const { uid, mode } = lstatSync(at);
  if (uid !== 0) return `${at} belongs to user ${uid}, not root`;
  if ((mode & 0o022) !== 0 && (mode & stickyBit) === 0) return `${at} can be written by others than root`;
  return null;
}

/** Why an unprivileged user could replace something at `path`, or null. Checks every folder up to the root. */
export function pathWeakness(path: string): string | null {
  for (let at = path; ; at = dirname(at)) {
    const weakness = ownWeakness(at);
    if (weakness) return weakness;
    if ((lstatSync(at).mode & 0o001) === 0)
      return `${at} can't be entered by the service users (it lacks o+x)`;
    if (at === "/") return null;
  }
}

/**
 * Before root writes anything there: the data folder, or what there is of the way to it, is root's alone.
 * @throws SetupError when it is not, or the path is too long
 */
export function vetDataFolder({ dir }: Layout): void {
  if (dir.length > maxDirLength) {
    throw new SetupError(
      `${dir} is ${dir.length} characters long; socket paths inside it would pass the kernel's limit.`,
      `Choose a --data folder of at most ${maxDirLength} characters.`,
    );
  }
  let above = dirname(dir);
  while (!existsSync(above)) above = dirname(above);
  const weakness = (existsSync(dir) ? ownWeakness(dir) : null) ?? pathWeakness(above);
  if (!weakness) return;
  throw new SetupError(
    `${dir} can't hold what root runs: ${weakness}.`,
    "Choose a --data folder below folders that only root can write, such as /var/lib/medforge.",
  );
}

/** The data folder with everything's owner and mode, put right on each run. */
export const foldersStep: Step = {
  name: "Data folder",
  async check() {
    return null;
  },
  async run({ layout }) {
    vetDataFolder(layout);
    for (const { path, owner, mode } of foldersOf(layout)) {
      mkdirSync(path, { recursive: true, mode });
      chownSync(path, owner.uid, owner.gid);
      chmodSync(path, mode);
    }
    return layout.dir;
  },
};
