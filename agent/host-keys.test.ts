import { mkdir, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { HostKeys } from "./host-keys";

const workspace = "wsp_aaaaaaaaaaaaaaaa";
let dir: string;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "mf-host-keys-"));
});

afterEach(async () => {
  await rm(dir, { recursive: true, force: true });
});

it("makes a workspace's key once and forgets it with the workspace", async () => {
  const keys = new HostKeys(dir);
  await expect(keys.readPrivate(workspace)).rejects.toMatchObject({ code: "no_such_workspace" });
  const made = await keys.ensure(workspace);
  expect(made).toMatch(/^ssh-ed25519 [A-Za-z0-9+/=]+$/);
  expect(await new HostKeys(dir).ensure(workspace)).toBe(made);
  expect(await keys.readPrivate(workspace)).toContain("PRIVATE KEY");
  await keys.remove(workspace);
  expect(await keys.ensure(workspace)).not.toBe(made);
});

it("keeps a key that can't be read for the moment", async () => {
  const keys = new HostKeys(dir);
  await keys.ensure(workspace);
  const file = join(dir, workspace, "ssh_host_ed25519_key.pub");
  await rm(file);
  // Reading a folder fails with EISDIR, for root as well.
  await mkdir(file);
  await expect(keys.ensure(workspace)).rejects.toThrow("EISDIR");
  expect(await readFile(join(dir, workspace, "ssh_host_ed25519_key"), "utf8")).toContain("PRIVATE KEY");
});
