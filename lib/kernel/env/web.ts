import { z } from "zod";
import { readEnv } from "../env";
import { zoneSetting } from "./zone";

const schema = z.object({
  DATABASE_URL: z.string().min(1),
  /** The origin people open, e.g. https://gpu.example.edu:8443. Mutations from another origin are refused. */
  MEDFORGE_URL: z.url(),
  /** The origin of the internal surface; none without it. */
  MEDFORGE_INTERNAL_URL: z.url().optional(),
  /** Whether the certificate is of Caddy's own authority, which clients have to be told of: `/ca.pem`. */
  MEDFORGE_OWN_CA: z.enum(["yes", "no"]).default("no"),
  /** The host name or address in the ssh command. */
  MEDFORGE_SSH_HOST: z.string().min(1),
  /** UDP port on loopback where the worker listens for "there is work" datagrams. */
  MEDFORGE_WAKE_PORT: z.coerce.number().int().min(1).max(65535),
  /** The store of competitions: web writes what is submitted, and reads what may be downloaded. */
  MEDFORGE_COMPETITIONS_DIR: z.string().regex(/^\/[^\0]*$/, "must be an absolute path"),
  MEDFORGE_ZONE: zoneSetting,
  MEDFORGE_LOG_LEVEL: z.enum(["debug", "info", "warn", "error"]).default("info"),
});

export type WebEnv = z.output<typeof schema>;

let cached: WebEnv | undefined;

/** Read on first use, not at import, since `next build` imports modules without a lab around it. */
export function webEnv(): WebEnv {
  cached ??= readEnv(schema);
  return cached;
}
