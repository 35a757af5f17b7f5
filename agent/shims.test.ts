import { expect, it } from "vitest";
import { containerOfShim } from "./shims";

const id = "45c5910ad75a5edc".repeat(4);
const line = (...words: string[]) => words.map((word) => `${word}\0`).join("");
const shim = (program: string, runDir: string, containerId = id) =>
  line(
    program,
    "-namespace",
    "medforge-a",
    "-id",
    containerId,
    "-address",
    `${runDir}/containerd/containerd.sock`,
  );

it("tells a shim of its own engine, and whose it is", () => {
  const run = "/run/medforge-a/docker";
  expect(containerOfShim(shim("/usr/bin/containerd-shim-runc-v2", run), run)).toBe(id);
  expect(
    containerOfShim(shim("/usr/bin/containerd-shim-runc-v2", "/run/medforge-ab/docker"), run),
  ).toBeNull();
  expect(containerOfShim(shim("/usr/bin/containerd-shim-runc-v2", run, "moby"), run)).toBeNull();
  expect(containerOfShim(shim("/usr/bin/something", run), run)).toBeNull();
  expect(containerOfShim("", run)).toBeNull();
});
