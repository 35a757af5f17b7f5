import { chmod, mkdtemp, rm, stat, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { ensurePrivateFolder } from "./private-folder";

let dir: string;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "mf-private-"));
});

afterEach(async () => {
  await rm(dir, { recursive: true, force: true });
});

const modeOf = async (path: string) => (await stat(path)).mode & 0o777;

it("makes the folder with its mode, whatever the umask, and finds it again", async () => {
  const path = join(dir, "state");
  await ensurePrivateFolder(path, 0o711);
  expect(await modeOf(path)).toBe(0o711);
  await chmod(path, 0o700);
  await ensurePrivateFolder(path, 0o711);
  expect(await modeOf(path)).toBe(0o711);
});

it("refuses a link, and a folder that others may write in", async () => {
  const link = join(dir, "link");
  await symlink(dir, link);
  await expect(ensurePrivateFolder(link, 0o711)).rejects.toThrow("it is a link");
  const shared = join(dir, "shared");
  await ensurePrivateFolder(shared, 0o711);
  await chmod(shared, 0o777);
  await expect(ensurePrivateFolder(shared, 0o711)).rejects.toThrow("others may write");
});
