import { mkdir, mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { HostCa } from "./host-ca";
import { HostKeys } from "./host-keys";
import { runOk } from "./run";

const workspace = "wsp_aaaaaaaaaaaaaaaa";
let dir: string;
let ca: HostCa;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "mf-host-keys-"));
  ca = new HostCa(join(dir, "ca"));
  await ca.open();
});

afterEach(async () => {
  await rm(dir, { recursive: true, force: true });
});

it("makes a workspace's key once and forgets it with the workspace", async () => {
  const keys = new HostKeys(dir, ca);
  await expect(keys.read(workspace)).rejects.toMatchObject({ code: "no_such_workspace" });
  const made = await keys.ensure(workspace);
  expect(made).toMatch(/^ssh-ed25519 [A-Za-z0-9+/=]+$/);
  expect(await new HostKeys(dir, ca).ensure(workspace)).toBe(made);
  expect((await keys.read(workspace)).privateKey).toContain("PRIVATE KEY");
  await keys.remove(workspace);
  expect(await keys.ensure(workspace)).not.toBe(made);
});

it("keeps a key that can't be read for the moment", async () => {
  const keys = new HostKeys(dir, ca);
  await keys.ensure(workspace);
  const file = join(dir, workspace, "ssh_host_ed25519_key.pub");
  await rm(file);
  // Reading a folder fails with EISDIR, for root as well.
  await mkdir(file);
  await expect(keys.ensure(workspace)).rejects.toThrow("EISDIR");
  expect(await readFile(join(dir, workspace, "ssh_host_ed25519_key"), "utf8")).toContain("PRIVATE KEY");
});

it("has one authority, which certifies each key for its workspace's name", async () => {
  const again = new HostCa(ca.dir);
  await again.open();
  expect(again.publicKey).toBe(ca.publicKey);
  const key = join(ca.dir, "ca_ed25519");
  expect((await stat(key)).mode & 0o777).toBe(0o600);
  const keys = new HostKeys(dir, ca);
  await keys.ensure(workspace);
  const file = join(dir, workspace, "ssh_host_ed25519_key-cert.pub");
  const told = await runOk(["ssh-keygen", "-L", "-f", file]);
  expect(told).toContain("host certificate");
  expect(told).toContain("Valid: forever");
  expect(told).toMatch(/Principals:\s+mf-wsp_aaaaaaaaaaaaaaaa\s+Critical/);
});

it("certifies anew what another authority signed, or none, and leaves the key alone", async () => {
  const made = await new HostKeys(dir, ca).ensure(workspace);
  const other = new HostCa(join(dir, "other-ca"));
  await other.open();
  const keys = new HostKeys(dir, other);
  expect(ca.hasSigned((await keys.read(workspace)).certificate)).toBe(true);
  expect(await keys.ensure(workspace)).toBe(made);
  expect(other.hasSigned((await keys.read(workspace)).certificate)).toBe(true);
  await rm(join(dir, workspace, "ssh_host_ed25519_key-cert.pub"));
  await expect(keys.read(workspace)).rejects.toMatchObject({ code: "no_such_workspace" });
  expect(await keys.ensure(workspace)).toBe(made);
  expect(other.hasSigned((await keys.read(workspace)).certificate)).toBe(true);
});
