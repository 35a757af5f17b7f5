import { chmod, chown, unlink } from "node:fs/promises";
import type { Server } from "node:http";
import { createConnection } from "node:net";
import { run } from "./run";

/** Another agent's socket accepts at once when it is alive. */
const probeTimeoutMs = 2_000;

async function groupId(name: string): Promise<number> {
  const { code, stdout } = await run(["getent", "group", name]);
  const gid = Number(stdout.split(":")[2]);
  if (code !== 0 || !Number.isInteger(gid)) {
    throw new Error(`Group ${name} does not exist: run ./medforge up, or set MEDFORGE_AGENT_SOCKET_GROUP`);
  }
  return gid;
}

/** Whether somebody listens on the socket. */
function isAlive(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createConnection(path);
    const end = (alive: boolean) => {
      probe.destroy();
      resolve(alive);
    };
    probe.setTimeout(probeTimeoutMs, () => end(true));
    probe.once("connect", () => end(true));
    probe.once("error", () => end(false));
  });
}

/** Removes a socket that a killed agent left. @throws Error when one is alive behind it. */
async function removeStale(path: string): Promise<void> {
  if (await isAlive(path)) throw new Error(`Another agent answers on ${path}`);
  await unlink(path).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code !== "ENOENT") throw cause;
  });
}

/** Listens on a unix socket that only root can open, then lets the group in: mode 0660. */
export async function listen(server: Server, path: string, group: string): Promise<void> {
  const gid = await groupId(group);
  await removeStale(path);
  const umask = process.umask(0o177);
  try {
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(path, () => {
        server.off("error", reject);
        resolve();
      });
    });
  } finally {
    process.umask(umask);
  }
  await chown(path, 0, gid);
  await chmod(path, 0o660);
}
