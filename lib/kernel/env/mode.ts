import { z } from "zod";
import { readEnv } from "../env";

/** Whether Next runs with hot reload, which needs eval and unsigned styles that production's CSP refuses. */
export function isDevelopment(): boolean {
  return readEnv(z.object({ NODE_ENV: z.string().optional() })).NODE_ENV === "development";
}
