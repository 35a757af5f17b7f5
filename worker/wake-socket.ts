import { createSocket } from "node:dgram";
import type { Logger } from "@/lib/kernel/log";

export interface WakeSocket {
  close(): void;
}

/**
 * Listens for web's "there is work" on loopback. Without the port (a second worker on the host) the poll alone finds work,
 * a second later at most.
 */
export function listenForWork(port: number, log: Logger, wake: () => void): WakeSocket {
  const socket = createSocket("udp4");
  let open = true;
  const close = () => {
    if (open) socket.close();
    open = false;
  };
  socket.on("message", wake);
  socket.on("error", (error) => {
    log.warn({ err: error, port }, "Not listening for web's datagrams; work is found by polling.");
    close();
  });
  socket.bind(port, "127.0.0.1");
  return { close };
}
