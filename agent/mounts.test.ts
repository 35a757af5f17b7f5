import { expect, it } from "vitest";
import { mountFault, parseMountinfo } from "./mounts";

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
