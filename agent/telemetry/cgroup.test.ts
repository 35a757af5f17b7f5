import { describe, expect, it } from "vitest";
import { cgroupFolders, statLine } from "./cgroup";
import { containerOf } from "./running";

const id = "a".repeat(64);

describe("cgroupFolders", () => {
  it("finds each controller's folder in the first version, shared hierarchies included", () => {
    const text = `12:pids:/docker/${id}\n5:cpu,cpuacct:/docker/${id}\n4:memory:/docker/${id}\n1:name=systemd:/docker/${id}\n0::/system.slice\n`;
    expect(cgroupFolders(text)).toEqual({
      version: 1,
      cpuacct: `/sys/fs/cgroup/cpuacct/docker/${id}`,
      memory: `/sys/fs/cgroup/memory/docker/${id}`,
      pids: `/sys/fs/cgroup/pids/docker/${id}`,
    });
  });

  it("finds the one folder of the second version", () => {
    expect(cgroupFolders(`0::/system.slice/docker-${id}.scope\n`)).toEqual({
      version: 2,
      unified: `/sys/fs/cgroup/system.slice/docker-${id}.scope`,
    });
  });

  it("says so when a process is in none", () => {
    expect(() => cgroupFolders("3:freezer:/\n")).toThrow(/no control group/);
  });
});

describe("containerOf", () => {
  it.each([
    [`4:memory:/docker/${id}`, id],
    [`0::/system.slice/docker-${id}.scope`, id],
    [`0::/kubepods/cri-containerd-${id}.scope/inner`, id],
    ["0::/user.slice/user-1000.slice/session-3.scope", null],
    [`0::/docker/${id}0`, null],
  ])("%s", (text, expected) => expect(containerOf(text)).toBe(expected));
});

it("takes a line by its whole name", () => {
  const stat = "inactive_file 5\ntotal_inactive_file 7\n";
  expect([
    statLine(stat, "inactive_file"),
    statLine(stat, "total_inactive_file"),
    statLine(stat, "file"),
  ]).toEqual([5, 7, 0]);
});
