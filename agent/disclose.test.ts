import { expect, it } from "vitest";
import { AgentError } from "@/lib/agent-protocol/verbs";
import { disclosed } from "./disclose";
import { runOk } from "./run";
import { zfsError } from "./zfs";

const parent = "tank/labs/medforge";

it("tells why a command failed, but neither its arguments nor where things are", async () => {
  const say = "echo \"cannot open '/var/lib/medforge/agent/mounts/wsp_a/g1': busy\" >&2; exit 1";
  const cause = await runOk(["sh", "-c", say, "--secret-argument"]).catch((error: unknown) => error);
  expect(disclosed(cause, parent)).toMatchObject({
    code: "failed",
    message: "sh: exit code 1: cannot open '…/g1': busy",
  });
  const zfs = disclosed(zfsError(cause), parent);
  expect(zfs.message).toBe("ZFS refused: sh: exit code 1: cannot open '…/g1': busy");
  expect(zfs.cause).toBeInstanceOf(AgentError);
});

it.each([
  "connect: Connection refused\nPlease make sure that the zfs-fuse daemon is running.\ninternal error: failed to initialize ZFS library",
  "internal error: Connection reset by peer",
])("knows a ZFS that nobody serves: %s", async (said) => {
  const cause = await runOk(["sh", "-c", 'echo "$0" >&2; kill -ABRT $$', said]).catch(
    (error: unknown) => error,
  );
  expect(disclosed(zfsError(cause), parent).code).toBe("storage_unavailable");
});

it("takes a ZFS that keeps silent for one that nobody serves", async () => {
  const cause = await runOk(["sleep", "60"], { timeoutMs: 50 }).catch((error: unknown) => error);
  expect(disclosed(zfsError(cause), parent).code).toBe("storage_unavailable");
});

it("names a dataset by its workspace", () => {
  const cause = new AgentError(
    "no_such_workspace",
    `Dataset ${parent}/wsp_a/g1 does not exist below ${parent}`,
  );
  expect(disclosed(cause, parent)).toMatchObject({
    code: "no_such_workspace",
    message: "Dataset wsp_a/g1 does not exist below the pool",
  });
});

it("leaves ordinary text alone", () => {
  const text = "Port 10001 is taken; see https://docs.docker.com/engine and/or ask on 2026/11/22.";
  expect(disclosed(new AgentError("port_busy", text), parent).message).toBe(text);
});

it("tells of an unexpected failure only its kind", () => {
  const cause = Object.assign(new Error("ENOENT: open '/var/lib/medforge/x'"), { code: "ENOENT" });
  expect(disclosed(cause, parent).message).toBe(
    "Something failed on the GPU host (ENOENT); the agent's log there says what",
  );
});
