import { createSocket } from "node:dgram";
import { once } from "node:events";
import { afterAll, beforeAll, expect, it } from "vitest";
import { createLog } from "@/lib/kernel/log";
import { createWake } from "./wake";

const worker = createSocket("udp4");
beforeAll(async () => {
  worker.bind(0, "127.0.0.1");
  await once(worker, "listening");
});
afterAll(() => void worker.close());

it("sends an empty datagram to the worker, and doesn't mind when nobody is there", async () => {
  const log = createLog("test", "silent");
  createWake(worker.address().port, log)();
  const [message] = await once(worker, "message");
  expect(message).toHaveLength(0);
  createWake(9, log)();
});
