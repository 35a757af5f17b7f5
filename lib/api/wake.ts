import { createSocket } from "node:dgram";
import type { Logger } from "@/lib/kernel/log";

/**
 * Sends an empty datagram to the worker's port on loopback: "look at the database now". Losing it costs at most the
 * worker's poll interval, so a failure is worth a log line and nothing else.
 */
export function createWake(port: number, log: Logger): () => void {
  const socket = createSocket("udp4");
  socket.unref();
  socket.on("error", (error) => log.warn({ err: error, port }, "wake-up socket failed"));
  return () => {
    socket.send("", port, "127.0.0.1", (error) => {
      if (error) log.warn({ err: error, port }, "wake-up not sent");
    });
  };
}
