import { spawn } from "node:child_process";
import { once } from "node:events";
import { expect, it } from "vitest";
import { endProcess, identify, isAlive } from "./processes";

function start(...argv: [string, ...string[]]) {
  const child = spawn(argv[0], argv.slice(1), { stdio: ["ignore", "pipe", "ignore"] });
  const identity = child.pid === undefined ? undefined : identify(child.pid);
  if (!identity) throw new Error("the process did not start");
  return { identity, said: once(child.stdout, "data") };
}

it("tells a process from a later one with the same number", () => {
  const { identity } = start("sleep", "60");
  expect(isAlive(identity)).toBe(true);
  expect(isAlive({ ...identity, startTicks: "1" })).toBe(false);
  expect(isAlive({ ...identity, bootId: "another boot" })).toBe(false);
  process.kill(identity.pid, "SIGKILL");
});

it("kills what does not end when asked, and takes gone for success", async () => {
  const { identity: stubborn, said } = start(
    "sh",
    "-c",
    "trap '' TERM; echo ready; while :; do sleep 1; done",
  );
  await said;
  await endProcess("stubborn", stubborn, 300);
  expect(isAlive(stubborn)).toBe(false);
  await endProcess("stubborn", stubborn, 300);
});
