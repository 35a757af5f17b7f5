import { z } from "zod";
import { readEnv } from "../env";

/** The Host of requests that Next sends to itself: the address it listens on, which no person opens. */
export function ownHosts(): string[] {
  const { PORT } = readEnv(z.object({ PORT: z.string().optional() }));
  return ["127.0.0.1", "localhost"].map((name) => `${name}:${PORT}`);
}

/** Whether Next runs with hot reload, which needs eval and unsigned styles that production's CSP refuses. */
export function isDevelopment(): boolean {
  return readEnv(z.object({ NODE_ENV: z.string().optional() })).NODE_ENV === "development";
}
