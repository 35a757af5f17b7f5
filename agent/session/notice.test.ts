import { expect, it } from "vitest";
import { diskNotice } from "./notice";

const gb = 1024 ** 3;
const measured = (used: number, total = used) => ({
  usedBytes: used * gb,
  quotaBytes: 50 * gb,
  totalBytes: total * gb,
  spaceBytes: 150 * gb,
});

it("says nothing while there is room", () => {
  expect(diskNotice(measured(39.9))).toBe("");
  expect(diskNotice({ ...measured(1), spaceBytes: null })).toBe("");
});

it("warns from 80 %, and urgently from 95 %", () => {
  expect(diskNotice(measured(40))).toBe(
    "MedForge: /workspace is 80 % full (40 GB of 50 GB). At 100 % nothing more can be written.\n",
  );
  expect(diskNotice(measured(47.5))).toMatch(/is 95 % full .*Delete files that you don't need/);
});

it("warns of snapshots too, which the files' quota doesn't count", () => {
  expect(diskNotice(measured(10, 149))).toBe(
    "MedForge: /workspace with its snapshots is 99 % full (149 GB of 150 GB). Delete snapshots on the workspace's page, deleting files frees nothing: at 100 % nothing more can be written.\n",
  );
});

it("names sizes in a unit that fits", () => {
  const mb = 1024 ** 2;
  const small = { usedBytes: 34 * mb, quotaBytes: 40 * mb, totalBytes: 34 * mb, spaceBytes: null };
  expect(diskNotice(small)).toContain("is 85 % full (34 MB of 40 MB)");
});
