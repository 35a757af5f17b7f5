import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, vi } from "vitest";
import { basicChildEnv } from "@/lib/kernel/env";
import { deadMounts, mountFault, parseMountinfo } from "./mounts";

const text = `46 65 0:44 / /state/mounts/wsp_a/g1 rw,nosuid,nodev,relatime - fuse.zfs tank/medforge/wsp_a/g1 rw,user_id=0
47 65 0:45 / /state/with\\040blank rw,relatime shared:12 master:1 - zfs tank/a\\134b rw,xattr
48 65 0:46 / /state/mounts/wsp_a/g1 rw,nosuid - tmpfs none rw
`;

it("reads mount points, sources and options, optional fields or not", () => {
  const mounts = parseMountinfo(text);
  expect(mounts[0]).toEqual({
    point: "/state/mounts/wsp_a/g1",
    source: "tank/medforge/wsp_a/g1",
    options: ["rw", "nosuid", "nodev", "relatime"],
  });
  expect(mounts[1]).toMatchObject({ point: "/state/with blank", source: "tank/a\\b" });
});

it("accepts the dataset with nosuid and nodev only", () => {
  const [good, , covering] = parseMountinfo(text);
  const dataset = "tank/medforge/wsp_a/g1";
  expect(mountFault(good, dataset)).toBeNull();
  expect(mountFault(undefined, dataset)).toBe("nothing is mounted there");
  expect(mountFault(covering, dataset)).toBe("none is mounted there");
  expect(mountFault(covering, "none")).toBe("it is mounted without nodev");
});

it("finds a dead mount beside one that hangs", async () => {
  const folder = await mkdtemp(join(tmpdir(), "mf-stat-"));
  // Stands in for stat: no mount hangs or dies at will.
  const program = `#!/bin/sh
case $3 in
  /dead) echo "stat: cannot read file system information for '$3': Transport endpoint is not connected" >&2; exit 1;;
  /hung) exec sleep 60;;
esac
`;
  await writeFile(join(folder, "stat"), program, { mode: 0o755 });
  vi.stubEnv("PATH", `${folder}:${basicChildEnv().PATH}`);
  try {
    expect(await deadMounts(["/hung", "/dead", "/fine"])).toEqual(new Set(["/dead"]));
  } finally {
    vi.unstubAllEnvs();
    await rm(folder, { recursive: true });
  }
}, 20_000);
