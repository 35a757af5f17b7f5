import { expect, it } from "vitest";
import { runInNetwork } from "./netns";

it("enters no network of a process that is not the container's", async () => {
  const stranger = { containerId: "0".repeat(64), pid: process.pid };
  await expect(runInNetwork(stranger, ["true"])).rejects.toMatchObject({ code: "failed" });
  const gone = { containerId: "0".repeat(64), pid: 2 ** 22 + 1 };
  await expect(runInNetwork(gone, ["true"])).rejects.toMatchObject({ code: "failed" });
});
