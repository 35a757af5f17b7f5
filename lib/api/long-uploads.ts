import { subscribe } from "node:diagnostics_channel";
import { Server } from "node:http";
import { longestUploadMs } from "./tunables";

/**
 * Lets files arrive for longer than the five minutes after which Node cuts a request off. Next makes the server itself and
 * has no setting for it; Node tells of each server with its first request. Who holds a connection and sends nothing is
 * cut off by the route, and Caddy takes all other bodies whole before it asks.
 */
export function allowLongUploads(): void {
  subscribe("http.server.request.start", (message) => {
    const server: unknown = typeof message === "object" && message !== null && Reflect.get(message, "server");
    if (server instanceof Server) server.requestTimeout = longestUploadMs;
  });
}
