import { chmod, lstat, mkdir } from "node:fs/promises";

const writableByOthers = 0o022;
const permissions = 0o777;

/**
 * Makes a folder that only this process's user can change, or finds it so. Root writes keys and mounts datasets in
 * there: whoever else could put a link in it would choose where.
 * @throws Error when it is a link or no folder, somebody else's, or open to others' writing.
 */
export async function ensurePrivateFolder(path: string, mode: number): Promise<void> {
  await mkdir(path, { recursive: true });
  const found = await lstat(path);
  const refuse = (why: string) => new Error(`Folder ${path} is not safe for the agent: ${why}`);
  if (!found.isDirectory()) throw refuse("it is a link. Give the real path");
  if (found.uid !== process.getuid?.()) throw refuse(`user ${found.uid} owns it. Run: chown root ${path}`);
  if ((found.mode & writableByOthers) !== 0) throw refuse(`others may write in it. Run: chmod go-w ${path}`);
  if ((found.mode & permissions) !== mode) await chmod(path, mode);
}
