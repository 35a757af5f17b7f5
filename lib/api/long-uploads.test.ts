import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, it } from "vitest";
import { allowLongUploads } from "./long-uploads";
import { longestUploadMs } from "./tunables";

it("gives a server longer than Node does, from its first request on", async () => {
  allowLongUploads();
  const server = createServer((_incoming, outgoing) => outgoing.end("here"));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  expect(server.requestTimeout).toBe(300_000);
  const { port } = server.address() as AddressInfo;
  expect(await (await fetch(`http://127.0.0.1:${port}/`)).text()).toBe("here");
  expect(server.requestTimeout).toBe(longestUploadMs);
  await new Promise((resolve) => server.close(resolve));
});
